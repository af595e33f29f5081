"""Answers to a person who asks what is held about them (UK GDPR article 15)."""
