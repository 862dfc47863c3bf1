"""Other cases, and models in other people's formats, made into case folders."""
