"""What each authority is charged, and what it has paid."""
