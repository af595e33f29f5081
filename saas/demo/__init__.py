"""The demonstration: invented people and a caseload that adds up to the DfE's published figures."""
