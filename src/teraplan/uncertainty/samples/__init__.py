"""Facts drawn within their ranges, each draw planned."""
