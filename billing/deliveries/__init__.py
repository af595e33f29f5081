"""How papers reach an authority, as finance sees it."""
