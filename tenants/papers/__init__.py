"""Documents of a case: uploaded, scanned, exchanged, withdrawn."""
