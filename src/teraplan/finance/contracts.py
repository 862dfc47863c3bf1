"""Offtake contracts: what a take-or-pay contract is expected to pay by year."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from teraplan.errors import ArgumentError, Fault

Floats = NDArray[np.float64]


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


def take_or_pay(contract: TakeOrPay, taken: ArrayLike) -> ContractPayments:
    """Return what a contract pays for the volume that the buyer takes by year.

        due[t] = price x (1 + escalator)^(t-1) x max(min(taken[t], contracted[t]), take x contracted[t])

    taken: (years) or (scenarios, years) [unit / year]; what is taken beyond the contract is not its business.
    Raises ArgumentError with everything that is wrong.
    """
    wanted = np.asarray(taken, dtype=float)
    _refuse(contract, wanted)
    years = wanted.shape[-1]
    within = np.arange(years) < contract.years
    share = np.ones(years)
    ramp = np.asarray(contract.ramp[:years], dtype=float)
    share[: len(ramp)] = ramp
    contracted = contract.volume * share * within
    price = contract.price * (1.0 + contract.escalator) ** np.arange(years)
    due = price * np.maximum(np.minimum(wanted, contracted), contract.take * contracted)
    survival = (1.0 - contract.default_rate) ** np.arange(1, years + 1)
    expected = due * (survival + (1.0 - survival) * contract.recovery)
    shape = wanted.shape
    return ContractPayments(np.broadcast_to(contracted, shape), due, np.broadcast_to(survival, shape), expected)


def _refuse(contract: TakeOrPay, taken: Floats) -> None:
    faults = []
    if taken.ndim not in (1, 2) or not taken.size or not np.isfinite(taken).all() or (taken < 0.0).any():
        what = f"has the shape {taken.shape}, or is negative or not finite"
        faults.append(Fault("taken", what, "give (years) or (scenarios, years)"))
    shares = {"take": contract.take, "default_rate": contract.default_rate, "recovery": contract.recovery}
    shares |= {f"ramp[{at}]": one for at, one in enumerate(contract.ramp)}
    for name, value in shares.items():
        if not 0.0 <= value <= 1.0:
            faults.append(Fault(f"contract.{name}", f"is {value:g}", "give a share, 0 to 1"))
    for name, value in {"price": contract.price, "volume": contract.volume, "years": contract.years}.items():
        if not 0.0 <= value < np.inf:
            faults.append(Fault(f"contract.{name}", f"is {value:g}", "give a finite number, not negative"))
    if not -1.0 < contract.escalator < np.inf:
        faults.append(Fault("contract.escalator", f"is {contract.escalator:g}", "give a rate above -1"))
    if faults:
        raise ArgumentError("finance.take_or_pay", tuple(faults))
