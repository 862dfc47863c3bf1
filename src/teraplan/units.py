"""The one pint registry: what units mean here, and the factor from one to another."""

import math
import re
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
LONGEST = 100
"""Characters of the longest text that is read as a unit."""
TOKEN = re.compile(
    r"\s*(?:(?P<name>[A-Za-zµ%_][A-Za-z0-9µ_]*)(?:\s*(?:\*\*|\^)\s*-?[1-9](?![0-9.]))?"
    r"|(?P<number>[0-9][A-Za-z0-9_.]*)|[*()]|/(?!/))\s*"
)
"""A name with its power, a number, or a sign. Powers have one digit, so that no text makes a number without end."""


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
    """Return by what a number in `unit` is multiplied to be in `to`; raises UnitError with both dimensions.

    A unit is names joined by `*`, `/` and brackets, a name with a power of one digit or without (`m**2`, `cm^-2`); `1`
    and an empty text are without dimension. Units with a zero of their own, such as degC, have no factor.
    """
    given, wanted = _quantity(unit), _quantity(to)
    if given.dimensionality != wanted.dimensionality:
        raise UnitError(
            f"unit {unit!r} has dimension {given.dimensionality}, expected that of {to!r}: {wanted.dimensionality}"
        )
    try:
        nothing, one = (float(registry().Quantity(x, given.units).to(wanted.units).magnitude) for x in (0.0, 1.0))
    except (pint.PintError, ArithmeticError, ValueError) as error:
        raise UnitError(f"unit {unit!r} cannot be turned into {to!r} ({error})") from error
    if nothing != 0.0 or not math.isfinite(one) or one <= 0.0:
        raise UnitError(f"unit {unit!r} is no multiple of {to!r}")
    return one


def _quantity(unit: str) -> "pint.Quantity[float]":
    """Return one of a unit, read from text that can be nothing but a unit."""
    _spelt(unit)
    try:
        made: pint.Quantity[float] = registry().Quantity(registry().parse_expression(unit or "dimensionless"))
        one = abs(float(made.magnitude) - 1.0) <= 1e-12
        made.dimensionality  # noqa: B018  reading it is what finds a name that is no unit
    except Exception as error:  # pint raises many kinds of error for text that is not a unit
        raise UnitError(f"unit {unit!r} cannot be read ({str(error) or type(error).__name__})") from error
    if not one:
        raise UnitError(f"a unit is a name, not a number: {unit!r}")
    return made


def _spelt(unit: str) -> None:
    """Let through only names, powers of one digit, `1`, `*`, `/` and brackets."""
    if len(unit) > LONGEST:
        raise UnitError(
            f"unit {unit[:20]!r}… cannot be read: it has {len(unit)} characters, at most {LONGEST} are read"
        )
    if unit.count("(") != unit.count(")"):
        raise UnitError(f"unit {unit!r} cannot be read: a bracket is open")
    place = 0
    while place < len(unit):
        token = TOKEN.match(unit, place)
        if token is None:
            raise UnitError(f"unit {unit!r} cannot be read from {unit[place : place + 12]!r} on")
        if token["number"] not in (None, "1"):
            raise UnitError(f"a unit is a name, not a number: {unit!r}")
        place = token.end()
