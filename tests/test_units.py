"""Units: factors of this trade by hand, dimensions that do not fit, and texts that are no units."""

import time

import pytest

from teraplan.units import LONGEST, UnitError, factor

HOUR = 1 / 8766
"""Of a year of 365.25 days."""


@pytest.mark.parametrize(
    ("unit", "to", "expected"),
    [
        ("GW", "MW", 1e3),
        ("GUSD/GW", "USD/kW", 1e3),
        ("USD/(MW*hour)", "GUSD/(GW*year)", 1e-6 / HOUR),
        ("USD/MWh", "GUSD/(GW*year)", 1e-6 / HOUR),
        ("USD/kW/year", "GUSD/GW/year", 1e-3),
        ("TWh/year", "GW", 1e3 * HOUR),
        ("GW*year/kwafer", "MWh/wafer", 1 / HOUR),
        ("kwafer", "wafer", 1e3),
        ("kwafer/month", "Mwafer/year", 12e-3),
        ("GUSD/(kwafer/month)", "USD/(wafer/year)", 1e9 / 12e3),
        ("Mchip", "kchip", 1e3),
        ("Gchip", "chip", 1e9),
        ("MH100e", "kH100e", 1e3),
        ("GH100e*year/year", "H100e", 1e9),
        ("PB/kwafer", "TB/wafer", 1.0),
        ("g/kWh", "Mt/(GW*year)", 1e-3 / HOUR * 1e-3),
        ("month", "year", 1 / 12),
        ("month", "day", 365.25 / 12),
        ("cm^-2", "1/m**2", 1e4),
        ("percent", "1", 1e-2),
        ("%", "1", 1e-2),
        ("GUSD/(GUSD/year)", "year", 1.0),
        ("MW/GW", "", 1e-3),
        ("", "dimensionless", 1.0),
        ("1/year", "1/month", 1 / 12),
        ("MMBtu", "GJ", 1.055056),
        ("MW h", "MWh", 1.0),
    ],
)
def test_a_number_times_its_factor_is_the_same_amount(unit: str, to: str, expected: float) -> None:
    assert factor(unit, to) == pytest.approx(expected, rel=1e-9)
    assert factor(to, unit) == pytest.approx(1 / expected, rel=1e-9)


@pytest.mark.parametrize("unit", ["GW*year", "USD/(MW*hour)", "kwafer/month", "MH100e/kchip", "1"])
def test_a_unit_is_once_itself(unit: str) -> None:
    assert factor(unit, unit) == 1.0


def test_a_wrong_dimension_is_said_with_both() -> None:
    with pytest.raises(UnitError) as caught:
        factor("USD/GW", "USD/tool")
    assert str(caught.value) == (
        "unit 'USD/GW' has dimension [currency] * [time] ** 3 / [mass] / [length] ** 2, "
        "expected that of 'USD/tool': [currency] / [tool]"
    )


@pytest.mark.parametrize(
    ("unit", "to"),
    [
        ("GW", "GW*year"),
        ("wafer", "chip"),
        ("USD", "EUR"),
        ("H100e", "FLOP/s"),
        ("chip", "1"),
        ("USD/year", "USD"),
        ("k", "1"),
    ],
)
def test_units_that_measure_different_things_have_no_factor(unit: str, to: str) -> None:
    with pytest.raises(UnitError, match="has dimension .* expected that of"):
        factor(unit, to)


@pytest.mark.parametrize("number", ["5", "2 GW", "1e3", "1e999999 m", "1.5*year", "1000", "0", "nan", "inf", "9**9**9"])
def test_a_number_is_not_a_unit(number: str) -> None:
    with pytest.raises(UnitError, match="a unit is a name, not a number"):
        factor(number, "1")


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "__import__",
        "().__class__",
        "m.magnitude",
        "lambda: m",
        "m if m else m",
        "GW**9999999",
        "GW**99",
        "m**m",
        "m**(m)",
        "m**1.5",
        "m**0",
        "m**9**9",
        "(m**9)**9",
        "m⁹⁹⁹⁹⁹⁹⁹⁹⁹",
        "m²",
        "１",
        "٣",
        "гигаватт",
        "GW\0",
        "GW;USD",
        "GW\u202e",
        "-GW",
        "+GW",
        "=GW",
        "m//m",
        "m*/m",
        "**m",
        "*",
        "/",
        "()",
        "(m",
        "m)",
        "(" * 50 + "m" + ")" * 49,
        "foo",
        "None",
        " ",
        "#",
        "'m'",
        "{0}",
        "degC*m",
    ],
)
def test_a_text_that_is_no_unit_is_said_to_be_none_at_once(text: str) -> None:
    started = time.perf_counter()
    for other in ("GW", text):
        with pytest.raises(UnitError):
            factor(text, other)
        with pytest.raises(UnitError):
            factor(other, text)
    assert time.perf_counter() - started < 0.5


@pytest.mark.parametrize("text", ["m" * 1_000_000, "m*" * 500_000 + "m", "(" * 100_000, "1/" * 60 + "m"])
def test_a_long_text_is_not_read(text: str) -> None:
    started = time.perf_counter()
    with pytest.raises(UnitError, match=f"at most {LONGEST} are read"):
        factor(text, "m")
    assert time.perf_counter() - started < 0.5


def test_a_text_of_brackets_as_long_as_may_be_is_answered() -> None:
    assert factor("(" * 45 + "km" + ")" * 45, "m") == 1e3


@pytest.mark.parametrize("unit", ["degC", "degF"])
def test_a_unit_with_a_zero_of_its_own_has_no_factor(unit: str) -> None:
    with pytest.raises(UnitError, match="is no multiple of 'K'"):
        factor(unit, "K")


def test_a_factor_beyond_all_numbers_is_refused() -> None:
    with pytest.raises(UnitError, match="cannot be turned into|no multiple"):
        factor("*".join(["Qm**9"] * 16), "*".join(["qm**9"] * 16))
