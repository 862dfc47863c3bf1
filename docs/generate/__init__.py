"""The documentation site: pages written by hand, and pages written from the code that they are about."""
