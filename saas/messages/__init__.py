"""E-mail: what is to be sent, what was, and to whom it came back."""
