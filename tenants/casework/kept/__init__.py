"""What follows from a case's facts and is kept beside them: position and tasks."""
