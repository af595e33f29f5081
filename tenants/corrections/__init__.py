"""What was entered about a child, a referral or a person is put right (UK GDPR art. 16)."""
