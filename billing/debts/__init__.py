"""Statements, aged debtors, reminders, late payment."""
