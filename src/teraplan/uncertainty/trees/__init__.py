"""One plan for many futures."""
