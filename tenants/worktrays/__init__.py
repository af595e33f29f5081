"""Lists of cases and of what is to be done, with their filters and files."""
