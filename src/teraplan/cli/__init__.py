"""The command line: thin commands over the library; nobody imports it."""
