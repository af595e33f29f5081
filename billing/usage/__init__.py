"""What was used: one entry for each billable event."""
