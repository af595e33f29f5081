"""The list for an authority's SEN2 return."""
