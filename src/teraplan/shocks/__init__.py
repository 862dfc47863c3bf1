"""What goes wrong, as a change of a case."""
