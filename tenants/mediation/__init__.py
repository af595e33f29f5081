"""A mediation or a disagreement resolution, from the appointment to its outcome."""
