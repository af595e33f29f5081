"""The pages of an invoice and of an account, with all that hangs on them."""
