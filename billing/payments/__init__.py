"""What was paid, and for which invoices."""
