"""An agreement: drafted in the participants' own words, signed by all, then unchangeable."""
