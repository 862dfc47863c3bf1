"""Teraplan plans the build-out of AI compute: what to order, where and when, and what it costs."""

__version__ = "0.1.0"
