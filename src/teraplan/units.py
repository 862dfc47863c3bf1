"""The one pint registry: what units mean here, and the factor from one to another."""

from functools import cache

import pint

DEFINITIONS = (
    "USD = [currency]",
    "EUR = [currency_EUR]",
    "JPY = [currency_JPY]",
    "KRW = [currency_KRW]",
    "TWD = [currency_TWD]",
    "GBP = [currency_GBP]",
    "CNY = [currency_CNY]",
    "wafer = [wafer]",
    "tool = [tool]",
    "die = [die]",
    "stack = [stack]",
    "package = [package]",
    "chip = [chip]",
    "FLOP = [operation]",
    "H100e = [compute]",
    "MMBtu = 1e6 * Btu",
)


class UnitError(ValueError):
    """A unit cannot be read, or has another dimension than the one expected."""


@cache
def registry() -> "pint.UnitRegistry[float]":
    """Return the registry, made on first use: SI, years and months of 365.25 days, and the units of this trade."""
    made: pint.UnitRegistry[float] = pint.UnitRegistry()
    for definition in DEFINITIONS:
        made.define(definition)
    return made


@cache
def factor(unit: str, to: str) -> float:
    """Return by what a number in `unit` is multiplied to be in `to`; raises UnitError with both dimensions."""
    if unit == to:
        return 1.0
    given, wanted = _parsed(unit), _parsed(to)
    if given.dimensionality != wanted.dimensionality:
        raise UnitError(
            f"unit {unit!r} has dimension {given.dimensionality}, expected that of {to!r}: {wanted.dimensionality}"
        )
    return float((1.0 * given).to(wanted).magnitude)


def _parsed(unit: str) -> "pint.Unit":
    try:
        quantity = registry().parse_expression(unit or "dimensionless")
    except Exception as error:  # pint raises many kinds of error for text that is not a unit
        raise UnitError(f"unit {unit!r} cannot be read ({error})") from error
    if isinstance(quantity, int | float):
        return registry().Unit("dimensionless") if quantity == 1 else _scaled(quantity)
    if abs(float(quantity.magnitude) - 1.0) > 1e-12:
        return _scaled(float(quantity.magnitude), quantity.units)
    return quantity.units


def _scaled(number: float, unit: object = None) -> "pint.Unit":
    raise UnitError(f"a unit is a name, not a number: {number:g} {unit or ''}".strip())
