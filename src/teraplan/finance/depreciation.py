"""Depreciation schedules: the share of the depreciable basis written off in each year of operation.

Every schedule is an array over years, first year of operation first; a schedule of one's own is any such array.
"""

import numpy as np
from numpy.typing import NDArray

from teraplan.errors import ArgumentError, Fault
from teraplan.finance.terms import MOST_YEARS
from teraplan.floats import finite_floats

Floats = NDArray[np.float64]

MACRS = {
    3: (33.33, 44.45, 14.81, 7.41),
    5: (20.00, 32.00, 19.20, 11.52, 11.52, 5.76),
    7: (14.29, 24.49, 17.49, 12.49, 8.93, 8.92, 8.93, 4.46),
    10: (10.00, 18.00, 14.40, 11.52, 9.22, 7.37, 6.55, 6.55, 6.56, 6.55, 3.28),
    15: (5.00, 9.50, 8.55, 7.70, 6.93, 6.23, 5.90, 5.90, 5.91, 5.90, 5.91, 5.90, 5.91, 5.90, 5.91, 2.95),
    20: (3.750, 7.219, 6.677, 6.177, 5.713, 5.285, 4.888, 4.522, *(4.462, 4.461) * 6, 2.231),
}
"""Percent of the basis by year and class: IRS Publication 946, appendix A, table A-1 (half-year convention)."""


def straight_line(years: int, half_year: bool = False) -> Floats:
    """Return equal shares over the years [1]; half_year: half a share in the first and in one further year.

    Raises ArgumentError if there is not at least one year, or not a whole number of at most 1,000.
    """
    faults = []
    if not _whole(years) or not 1 <= years <= MOST_YEARS:
        faults.append(Fault("years", f"{years!r} years", f"give a whole number of at least 1 and at most {MOST_YEARS}"))
    if not isinstance(half_year, bool | np.bool_):
        faults.append(Fault("half_year", f"{half_year!r} is neither true nor false", "give True or False"))
    if faults:
        raise ArgumentError("finance.straight_line", tuple(faults))
    shares = np.full(years + half_year, 1.0 / years)
    if half_year:
        shares[[0, -1]] /= 2.0
    return shares


def macrs(years: int) -> Floats:
    """Return the shares [1] of a class of the US MACRS: 3, 5, 7, 10, 15 or 20 years, half-year convention.

    200 % declining balance (150 % from class 15 on), changing to straight line; IRS Publication 946, table A-1.
    Raises ArgumentError for another class.
    """
    if not _whole(years) or years not in MACRS:
        classes = ", ".join(map(str, MACRS))
        raise ArgumentError(
            "finance.macrs", (Fault("years", f"there is no class of {years!r} years", f"use one of {classes}"),)
        )
    return np.array(MACRS[years]) / 100.0


def immediate() -> Floats:
    """Return the schedule that writes off the whole basis in the first year [1]."""
    return np.ones(1)


def bonus(share: float, schedule: Floats) -> Floats:
    """Return a schedule [1] that writes off a share at once and the rest as another schedule says.

    Raises ArgumentError if the share is not between 0 and 1, or the schedule not (years).
    """
    at_once, rest = finite_floats("finance.bonus", {"share": share, "schedule": schedule})
    faults = []
    if at_once.ndim or not 0.0 <= at_once <= 1.0:
        faults.append(Fault("share", f"is {share!r}", "give a share, 0 to 1"))
    if rest.ndim != 1 or not rest.size:
        faults.append(Fault("schedule", f"has the shape {rest.shape}", "give one share a year of operation"))
    if faults:
        raise ArgumentError("finance.bonus", tuple(faults))
    shares: Floats = (1.0 - at_once) * rest
    shares[0] += at_once
    return shares


def _whole(years: object) -> bool:
    return isinstance(years, int | np.integer) and not isinstance(years, bool)
