"""Referrals by the front door and by an authority's officers: a page a question, then intake."""
