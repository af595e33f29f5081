"""Calls at a time that the family chooses: advisers' hours, free times, bookings, reminders."""
