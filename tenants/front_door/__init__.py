"""Where anyone comes in: which authority a postcode belongs to, and whether it subscribes."""
