"""The papers of a case: uploaded by a side, for whom it says; summaries are exchanged at once."""
