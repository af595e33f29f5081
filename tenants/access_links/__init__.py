"""Links that open one case or one agreement for one person, without a sign-in."""
