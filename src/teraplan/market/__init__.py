"""Prices and rivals: what firms sell, and at what price, when they know that they move it."""

from teraplan.market.cournot import Comparison, Equilibrium, compare, cournot

__all__ = ["Comparison", "Equilibrium", "compare", "cournot"]
