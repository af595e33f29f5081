"""The figures on pages and in files."""
