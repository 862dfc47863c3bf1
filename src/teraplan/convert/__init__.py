"""Other cases and other formats made into case folders."""
