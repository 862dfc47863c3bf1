"""What a financing is given, checked and brought to one shape: arrays with years first, so that a year is one row."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import ArrayLike, NDArray

from teraplan.errors import ArgumentError, Fault, did_you_mean
from teraplan.finance.terms import MOST_YEARS, Terms
from teraplan.floats import as_floats

Floats = NDArray[np.float64]
ANY = float("inf")
SUMS_TO_ONE = 1e-9


RANGES: dict[str, tuple[float, float]] = {
    "discount_rate": (-0.99, ANY),
    "revenue_escalator": (-0.99, ANY),
    "cost_escalator": (-0.99, ANY),
    "degradation": (0.0, 1.0),
    "salvage": (0.0, ANY),
    "gearing": (0.0, 1.0),
    "construction_interest": (0.0, ANY),
    "draw_timing": (0.0, 1.0),
    "upfront_fee": (0.0, 1.0),
    "closing_cost": (0.0, ANY),
    "commitment_fee": (0.0, ANY),
    "agency_fee": (0.0, ANY),
    "mezzanine": (0.0, 1.0),
    "mezzanine_interest": (0.0, ANY),
    "dsra_months": (0.0, ANY),
    "working_capital_months": (0.0, ANY),
    "reserve_interest": (0.0, ANY),
    "lockup": (0.0, ANY),
    "sweep": (0.0, 1.0),
    "loss_limit": (0.0, 1.0),
    "basis_interest": (0.0, 1.0),
    "basis_fees": (0.0, 1.0),
    "basis_reserves": (0.0, 1.0),
    "basis_grants": (0.0, 1.0),
    "grants": (0.0, ANY),
    "grants_taxed": (0.0, 1.0),
    "investment_credit": (0.0, 1.0),
    "credit_basis_reduction": (0.0, 1.0),
}
"""Terms that are one number a scenario, and between what they must be."""

YEARLY: dict[str, tuple[float, float]] = {
    "interest": (0.0, ANY),
    "dscr": (1.0, ANY),
    "federal_tax": (0.0, 1.0),
    "state_tax": (0.0, 1.0),
    "production_credit": (0.0, ANY),
}
"""Terms that may vary by year of operation."""


@dataclass(frozen=True)
class Deal:
    """Flows and terms of the same scenarios: arrays (years, scenarios), numbers (scenarios), schedules (years, 1)."""

    terms: Terms
    tenor: int
    mezzanine_tenor: int
    capex: Floats
    revenue: Floats
    operating_cost: Floats
    volume: Floats
    interest: Floats
    dscr: Floats | None
    federal_tax: Floats
    state_tax: Floats
    production_credit: Floats
    principal: Floats
    depreciation: Floats
    state_depreciation: Floats
    discount_rate: Floats
    salvage: Floats
    gearing: Floats | None
    construction_interest: Floats
    draw_timing: Floats
    upfront_fee: Floats
    closing_cost: Floats
    commitment_fee: Floats
    agency_fee: Floats
    mezzanine: Floats
    mezzanine_interest: Floats
    dsra_months: Floats
    working_capital_months: Floats
    reserve_interest: Floats
    lockup: Floats | None
    sweep: Floats
    loss_limit: Floats
    basis_interest: Floats
    basis_fees: Floats
    basis_reserves: Floats
    basis_grants: Floats
    grants: Floats
    grants_taxed: Floats
    investment_credit: Floats
    credit_basis_reduction: Floats

    @property
    def construction(self) -> int:
        """Years of construction."""
        return int(self.capex.shape[0])

    @property
    def life(self) -> int:
        """Years of operation."""
        return int(self.revenue.shape[0])

    @property
    def scenarios(self) -> int:
        """Scenarios, at least one."""
        return int(self.revenue.shape[1])

    @property
    def capex_in_all(self) -> Floats:
        """Capex over all years of construction (scenarios) [currency]."""
        total: Floats = self.capex.sum(axis=0)
        return total

    @property
    def salvage_value(self) -> Floats:
        """What is left sells for at the end of the last year (scenarios) [currency]."""
        return self.salvage * self.capex_in_all

    def choose(self, at: slice | NDArray[np.int64]) -> "Deal":
        """Return the deal of some of its scenarios."""
        parts: dict[str, Any] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            parts[one.name] = (
                value[..., at] if isinstance(value, np.ndarray) and value.shape[-1] == self.scenarios else value
            )
        return Deal(**parts)


@dataclass(frozen=True)
class Flows:
    """What `project` is given beside the terms, as floats; volume is output by year, if it matters."""

    revenue: Floats
    operating_cost: Floats
    capex: Floats
    volume: Floats

    @staticmethod
    def of(revenue: ArrayLike, operating_cost: ArrayLike, capex: ArrayLike, volume: ArrayLike) -> "Flows":
        """Return the flows as arrays of floats; raise ArgumentError with each that is not made of numbers."""
        given = {"revenue": revenue, "operating_cost": operating_cost, "capex": capex, "volume": volume}
        arrays, faults = {}, []
        for name, value in given.items():
            try:
                arrays[name] = np.atleast_1d(as_floats(value))
            except ValueError as error:
                faults.append(Fault(name, f"is not an array of numbers: {error}", "give numbers, years last"))
        _refuse(faults)
        return Flows(**arrays)


def make_deal(flows: Flows, terms: Terms) -> tuple[Deal, bool]:
    """Return the deal, and whether anything in it has an axis of scenarios; raise ArgumentError with every fault."""
    if not isinstance(terms, Terms):
        _refuse([Fault("terms", f"are {terms!r}", "give finance.Terms(...)")])
    _refuse([*_choices(terms), *_flows_make_sense(flows), *_terms_are_numbers(terms)])
    life, faults = _life(flows, terms)
    count, more = _scenarios(flows, terms, life)
    _refuse([*faults, *more, *_ranges(terms), *_tenor_and_schedules(terms, life)])
    _refuse(list(_grants_within_capex(flows, terms)))
    tenor = life if terms.tenor is None else terms.tenor
    values: dict[str, Any] = {
        "terms": terms,
        "tenor": tenor,
        "mezzanine_tenor": tenor if terms.mezzanine_tenor is None else terms.mezzanine_tenor,
        "capex": _spread(flows.capex, flows.capex.shape[-1], count or 1),
        **{name: _grown(name, flows, terms, life, count or 1) for name in ("revenue", "operating_cost", "volume")},
        "principal": _schedule(terms.principal, life, False) if terms.principal is not None else np.zeros((life, 1)),
    }
    straight = np.full(life, 1.0 / life)
    late = terms.residual_basis == "written_off"
    federal = straight if terms.depreciation is None else terms.depreciation
    state = federal if terms.state_depreciation is None else terms.state_depreciation
    values |= {"depreciation": _schedule(federal, life, late), "state_depreciation": _schedule(state, life, late)}
    for name in YEARLY:
        given = getattr(terms, name)
        values[name] = None if given is None else _spread(given, life, count or 1)
    for name in RANGES.keys() & {one.name for one in fields(Deal)}:
        given = getattr(terms, name)
        values[name] = None if given is None else np.broadcast_to(np.asarray(given, dtype=float), (count or 1,))
    if values["construction_interest"] is None:
        values["construction_interest"] = values["interest"][0]
    return Deal(**values), count is not None


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise ArgumentError("finance", tuple(faults))


def _spread(value: Any, years: int, count: int) -> Floats:
    """An array (years, scenarios) of a number, of (years), or of (scenarios, years)."""
    return np.ascontiguousarray(np.broadcast_to(np.asarray(value, dtype=float), (count, years)).T)


def _grown(name: str, flows: Flows, terms: Terms, life: int, count: int) -> Floats:
    """A flow by year with its escalator and degradation; volume degrades, and does not escalate."""
    years = np.arange(life)[:, None]
    grown = _spread(getattr(flows, name), life, count)
    growth = {"revenue": terms.revenue_escalator, "operating_cost": terms.cost_escalator, "volume": 0.0}[name]
    if np.any(np.asarray(growth) != 0.0):
        grown = grown * (1.0 + np.asarray(growth, dtype=float)) ** years
    if name != "operating_cost" and np.any(np.asarray(terms.degradation) != 0.0):
        grown = grown * (1.0 - np.asarray(terms.degradation, dtype=float)) ** years
    return grown


def _schedule(given: Any, life: int, late: bool) -> Floats:
    """A schedule cut or filled to the life, (years, 1); late: what lies beyond falls into the last year."""
    shares = np.asarray(given, dtype=float)
    within = np.zeros((life, 1))
    within[: len(shares), 0] = shares[:life]
    if late:
        within[-1, 0] += shares[life:].sum()
    return within


# --- what must be true ------------------------------------------------------------------------------------------------


def _choices(terms: Terms) -> Iterator[Fault]:
    """A term that is a word is one of its words; a term that is a count is a whole number."""
    for name, hint in get_type_hints(Terms).items():
        value = getattr(terms, name)
        if get_origin(hint) is Literal and not (isinstance(value, str) and value in get_args(hint)):
            yield Fault(f"terms.{name}", f"{value!r} is not known", did_you_mean(str(value), get_args(hint)))
        if hint is bool and not isinstance(value, bool | np.bool_):
            yield Fault(f"terms.{name}", f"{value!r} is neither true nor false", "give True or False")
    for name in ("life", "tenor", "grace", "mezzanine_tenor"):
        value = getattr(terms, name)
        given = value is not None or name == "grace"
        if given and (isinstance(value, bool) or not isinstance(value, int | np.integer)):
            yield Fault(f"terms.{name}", f"{value!r} is not a whole number of years", "give an int")


def _terms_are_numbers(terms: Terms) -> Iterator[Fault]:
    """A term that is a number, or an array of them, has no other thing in it, and no NaN."""
    schedules = ("principal", "depreciation", "state_depreciation")
    for name in (*RANGES, *YEARLY, *schedules):
        value = getattr(terms, name)
        if value is None:
            if name in YEARLY and name != "dscr" or name in RANGES and name not in _OPTIONAL:
                yield Fault(f"terms.{name}", "is none", "give a number")
            continue
        try:
            array = as_floats(value)
        except ValueError as error:
            yield Fault(f"terms.{name}", f"is not a number or an array of numbers: {error}", "give numbers")
            continue
        if not np.isfinite(array).all():
            yield _not_finite(f"terms.{name}", array)
        elif not array.size:
            yield Fault(f"terms.{name}", "has no number in it", "give at least one")
        elif name in schedules and array.ndim != 1:
            yield Fault(f"terms.{name}", f"has the shape {array.shape}", "give one share a year of operation")


_OPTIONAL = ("gearing", "construction_interest", "lockup")


def _flows_make_sense(flows: Flows) -> Iterator[Fault]:
    """Flows are finite, have at most the axes scenarios and years, and capex is no income."""
    for one in fields(Flows):
        array: Floats = getattr(flows, one.name)
        if array.ndim > 2 or not array.size:
            what = f"has the shape {array.shape}"
            yield Fault(one.name, what, "give (years) or (scenarios, years), at least one of each")
        elif not np.isfinite(array).all():
            yield _not_finite(one.name, array)
        elif one.name == "capex" and ((array < 0).any() or (array.sum(axis=-1) <= 0).any()):
            yield Fault(one.name, "is negative, or nothing at all, in a scenario", "give what is paid, as positive")


def _not_finite(where: str, array: Floats) -> Fault:
    at = tuple(int(index) for index in np.argwhere(~np.isfinite(array))[0])
    return Fault(where, f"{array[at]} at {list(at)}", "give a finite number there, or leave the scenario out")


def _life(flows: Flows, terms: Terms) -> tuple[int, list[Fault]]:
    """The years of operation: what `life` says, else the longest axis of years among revenue, cost and volume."""
    named = {name: getattr(flows, name).shape[-1] for name in ("revenue", "operating_cost", "volume")}
    life = int(max(named.values()) if terms.life is None else terms.life)
    faults = [
        Fault(name, f"has {years} years, the life is {life}", "give one number, or one a year of operation")
        for name, years in named.items()
        if years not in (1, life)
    ]
    if not 1 <= life <= MOST_YEARS:
        faults.append(Fault("terms.life", f"is {life}", f"give at least 1 year and at most {MOST_YEARS}"))
    return life, faults


def _scenarios(flows: Flows, terms: Terms, life: int) -> tuple[int | None, list[Fault]]:
    """The number of scenarios, none if nothing has such an axis; and what has another number of them, or of years."""
    counts: dict[str, int] = {}
    faults = []
    for one in fields(Flows):
        array: Floats = getattr(flows, one.name)
        if array.ndim == 2:
            counts[one.name] = array.shape[0]
    for name in (*RANGES, *YEARLY):
        given = getattr(terms, name)
        shape: tuple[int, ...] = () if given is None else np.shape(given)
        most = 2 if name in YEARLY else 1
        if len(shape) > most or (name in YEARLY and shape and shape[-1] not in (1, life)):
            expected = f"(scenarios, 1) or ({life},) years, last" if name in YEARLY else "(scenarios,)"
            faults.append(Fault(f"terms.{name}", f"has the shape {shape}", f"give one number, or {expected}"))
        elif len(shape) == most:
            counts[f"terms.{name}"] = shape[0]
    several = {count for count in counts.values() if count != 1}
    if len(several) > 1:
        named = ", ".join(f"{name}: {count}" for name, count in counts.items() if count != 1)
        faults.append(Fault("scenarios", f"are not the same number everywhere ({named})", "give all the same, or one"))
    return (max(counts.values()) if counts else None), faults


def _ranges(terms: Terms) -> Iterator[Fault]:
    """Terms are between what makes sense; together, debt and mezzanine pay for no more than everything."""
    for name, (low, high) in (RANGES | YEARLY).items():
        given = getattr(terms, name)
        if given is None:
            continue
        array = np.asarray(given, dtype=float)
        wrong = (array < low) | (array > high)
        if wrong.any():
            most = "" if high == ANY else f" and at most {high:g}"
            unit = " (a fraction, not percent)" if high == 1.0 else ""
            yield Fault(f"terms.{name}", f"is {array[wrong].flat[0]:g}", f"give at least {low:g}{most}{unit}")
    if terms.gearing is not None:
        total = np.asarray(terms.gearing, dtype=float) + np.asarray(terms.mezzanine, dtype=float)
        if (total > 1.0).any() and (np.asarray(terms.gearing) <= 1.0).all():
            yield Fault("terms.mezzanine", f"with gearing pays for {total.max():g} of all uses", "lower one of them")


def _grants_within_capex(flows: Flows, terms: Terms) -> Iterator[Fault]:
    """Grants pay for no more than the capex."""
    if (np.asarray(terms.grants, dtype=float) > flows.capex.sum(axis=-1)).any():
        yield Fault("terms.grants", "are more than the capex of a scenario", "give at most the capex")


def _tenor_and_schedules(terms: Terms, life: int) -> Iterator[Fault]:
    """Debt ends within the life, grace within the tenor; repayments sum to one, depreciation to at most one."""
    tenor = life if terms.tenor is None else terms.tenor
    for name, years in (("tenor", tenor), ("mezzanine_tenor", terms.mezzanine_tenor)):
        if years is not None and not 1 <= years <= life:
            yield Fault(f"terms.{name}", f"is {years} years, the life is {life}", f"give 1 to {life}")
    if not 0 <= terms.grace < tenor:
        yield Fault("terms.grace", f"is {terms.grace} years of a tenor of {tenor}", "leave a year to repay in")
    if (terms.repayment == "given") != (terms.principal is not None):
        what = f"repayment is {terms.repayment!r}, principal is {'none' if terms.principal is None else 'given'}"
        yield Fault("terms.principal", what, "give both repayment='given' and principal, or neither")
    elif terms.principal is not None:
        shares = np.asarray(terms.principal, dtype=float)
        if abs(shares.sum() - 1.0) > SUMS_TO_ONE or np.any(shares[tenor:]) or np.any(shares[: terms.grace]):
            what = f"sums to {shares.sum():.12g}, or repays outside years {terms.grace + 1} to {tenor}"
            yield Fault("terms.principal", what, "give shares of the debt that sum to one within grace and tenor")
    for name in ("depreciation", "state_depreciation"):
        given = getattr(terms, name)
        if given is not None and (np.min(given) < 0.0 or np.sum(given) > 1.0 + SUMS_TO_ONE):
            yield Fault(f"terms.{name}", f"sums to {np.sum(given):.12g}, or is negative", "write off at most the basis")
