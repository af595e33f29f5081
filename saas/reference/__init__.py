"""What every borough shares: authorities, postcodes, working days and national figures."""
