"""Engineering facts as formulas: wafers, packages, fabs, accelerators, sites. Plain functions of numbers and arrays."""

from teraplan.industry import accelerators, fabs, packages, placement, sites, wafers

__all__ = ["accelerators", "fabs", "packages", "placement", "sites", "wafers"]
