"""A case from the referral to the agreed steps: its rules, its facts and its doors."""
