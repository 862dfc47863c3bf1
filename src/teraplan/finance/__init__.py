"""Money of one owner: project finance, offtake price, contracts and collateral, as plain functions on arrays."""

from teraplan.finance.collateral import H100_PCIE, ResaleCurve, collateral_value, loan_to_value
from teraplan.finance.contracts import ContractPayments, TakeOrPay, take_or_pay
from teraplan.finance.depreciation import bonus, immediate, macrs, straight_line
from teraplan.finance.offtake import Offtake, offtake_price
from teraplan.finance.project import Measures, ProjectResult, measures, project
from teraplan.finance.terms import Terms
from teraplan.finance.value import Irr, irr, present_value

__all__ = [
    "H100_PCIE",
    "ContractPayments",
    "Irr",
    "Measures",
    "Offtake",
    "ProjectResult",
    "ResaleCurve",
    "TakeOrPay",
    "Terms",
    "bonus",
    "collateral_value",
    "immediate",
    "irr",
    "loan_to_value",
    "macrs",
    "measures",
    "offtake_price",
    "present_value",
    "project",
    "straight_line",
    "take_or_pay",
]
