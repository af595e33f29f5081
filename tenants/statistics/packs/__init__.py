"""Report packs of a period: figures, charts, targets, as PDF and spreadsheet."""
