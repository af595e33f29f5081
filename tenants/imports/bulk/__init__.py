"""Many cases at once, by the rules of the single acts.

`acts` says what can be done in a case, `build` checks whole cases in memory and makes their rows,
`write` puts them in.
"""
