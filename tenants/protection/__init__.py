"""Data protection: records of processing, keeping and erasing, answers to a person."""
