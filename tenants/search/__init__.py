"""Any case, open or closed, found from every page by whatever is at hand."""
