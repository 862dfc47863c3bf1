"""A plan that loses its nodes one after the other."""
