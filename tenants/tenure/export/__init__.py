"""All of an authority's rows and files, as it takes them along: written, described, checked."""
