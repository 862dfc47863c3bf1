"""What may be decided: Case -> Problem."""
