"""The invoice as structured text: EN 16931 in UBL 2.1, checked before it leaves the house."""
