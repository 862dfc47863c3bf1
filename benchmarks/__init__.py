"""Measurements: sizes, seconds, memory, and ratios against the bare solver, side by side in one run."""
