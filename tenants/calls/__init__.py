"""A telephone call on one page: referral, information, choice and certificate in one sitting."""
