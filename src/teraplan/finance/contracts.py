"""Offtake contracts: what a take-or-pay contract is expected to pay by year."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from teraplan.errors import ArgumentError, Fault
from teraplan.floats import finite_floats, within_floats

Floats = NDArray[np.float64]

SHARES = ("contract.take", "contract.ramp", "contract.default_rate", "contract.recovery")


@dataclass(frozen=True, kw_only=True)
class TakeOrPay:
    """The terms of a take-or-pay contract. Years are counted from the first of operation, 1."""

    price: float
    """Price in the first year [currency / unit]."""
    volume: float
    """Volume contracted for a full year [unit / year]."""
    years: int
    """Length of the contract; later years pay nothing [year]."""
    take: float = 1.0
    """Least share of the year's contracted volume that is paid for, taken or not [1]."""
    escalator: float = 0.0
    """Growth of the price from the second year on [1 / year]."""
    ramp: tuple[float, ...] = ()
    """Share of the volume contracted in the first years; all of it afterwards [1]."""
    default_rate: float = 0.0
    """Probability that a buyer who still pays when a year begins defaults in that year and pays nothing for it [1]."""
    recovery: float = 0.0
    """Share of what was owed that is still earned in the year of default and after it, by claims or resale [1]."""


@dataclass(frozen=True)
class ContractPayments:
    """By year, (years) or (scenarios, years): what is due, what is expected, how likely the buyer still pays."""

    contracted: Floats
    """Volume contracted [unit / year]."""
    due: Floats
    """Payment while the buyer has not defaulted [currency / year]."""
    survival: Floats
    """Probability that the buyer has not defaulted by the end of the year [1]."""
    expected: Floats
    """Expected payment: due x (survival + (1 - survival) x recovery) [currency / year]."""


@within_floats("finance.take_or_pay")
def take_or_pay(contract: TakeOrPay, taken: ArrayLike) -> ContractPayments:
    """Return what a contract pays for the volume that the buyer takes by year.

        due[t] = price x (1 + escalator)^(t-1) x max(min(taken[t], contracted[t]), take x contracted[t])

    taken: (years) or (scenarios, years) [unit / year]; what is taken beyond the contract is not its business.
    Raises ArgumentError with everything that is wrong.
    """
    here = "finance.take_or_pay"
    if not isinstance(contract, TakeOrPay):
        raise ArgumentError(here, (Fault("contract", f"is {contract!r}", "give finance.TakeOrPay(...)"),))
    given = {f"contract.{one.name}": getattr(contract, one.name) for one in fields(contract)}
    wanted, *terms = finite_floats(here, {"taken": taken, **given})
    _refuse(here, wanted, dict(zip(given, terms, strict=True)))
    years = wanted.shape[-1]
    within = np.arange(years) < contract.years
    share = np.ones(years)
    ramp = np.array(contract.ramp[:years], dtype=float)
    share[: len(ramp)] = ramp
    contracted = contract.volume * share * within
    price = contract.price * (1.0 + contract.escalator) ** np.arange(years, dtype=float)
    due = price * np.maximum(np.minimum(wanted, contracted), contract.take * contracted)
    survival = (1.0 - contract.default_rate) ** np.arange(1, years + 1)
    expected = due * (survival + (1.0 - survival) * contract.recovery)
    shape = wanted.shape
    return ContractPayments(np.broadcast_to(contracted, shape), due, np.broadcast_to(survival, shape), expected)


def _refuse(function: str, taken: Floats, terms: dict[str, Floats]) -> None:
    faults = []
    if taken.ndim not in (1, 2) or not taken.size or (taken < 0.0).any():
        what = f"has the shape {taken.shape}, or is negative"
        faults.append(Fault("taken", what, "give (years) or (scenarios, years)"))
    for name, value in terms.items():
        share = name in SHARES
        if value.ndim != (name == "contract.ramp"):
            faults.append(Fault(name, f"has the shape {value.shape}", "give one number; for a ramp, one a year"))
        elif name == "contract.escalator":
            if value <= -1.0:
                faults.append(Fault(name, f"is {value}", "give a rate above -1"))
        elif (value < 0.0).any() or (share and (value > 1.0).any()):
            faults.append(
                Fault(name, f"is {value}", "give a share, 0 to 1" if share else "give a number, not negative")
            )
        elif name == "contract.years" and value % 1.0:
            faults.append(Fault(name, f"is {value}", "give whole years"))
    if faults:
        raise ArgumentError(function, tuple(faults))
