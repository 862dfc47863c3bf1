"""Money of one owner: project finance, offtake price, contracts and collateral, as plain functions on arrays."""

from teraplan.finance.depreciation import bonus, immediate, macrs, straight_line
from teraplan.finance.offtake import Offtake, offtake_price
from teraplan.finance.project import Measures, ProjectResult, measures, project
from teraplan.finance.terms import Terms
from teraplan.finance.value import Irr, irr, present_value

__all__ = [
    "Irr",
    "Measures",
    "Offtake",
    "ProjectResult",
    "Terms",
    "bonus",
    "immediate",
    "irr",
    "macrs",
    "measures",
    "offtake_price",
    "present_value",
    "project",
    "straight_line",
]
