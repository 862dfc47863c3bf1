"""What came out: Solution -> Results, and everything that is read off a plan."""
