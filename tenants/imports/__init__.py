"""Cases from a spreadsheet: read, checked row by row, written whole or not at all.

`columns` documents the file, `cells` reads one cell, `sheets` opens the file, `rows` makes a case
of a row, `existing` compares with what is there, `run` does it all; `bulk` writes them.
"""
