"""The personal links by which families reach their cases: made, revoked, looked up."""
