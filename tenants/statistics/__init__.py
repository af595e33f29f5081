"""What authorities, managers and the DfE ask for in numbers. A measure is defined once, here."""
