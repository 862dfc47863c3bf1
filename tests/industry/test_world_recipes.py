"""Recipes of the world case are what the formulas of the industry room make of their sourced inputs.

Where the shipped number was rounded, the formula gives it to the digits that were kept; where it was chosen among
published figures, the formula gives one within the range of the row. The note of a row shows the same derivation.
"""

import csv
import re
from importlib.resources import files

import numpy as np
import pytest

from teraplan.industry import accelerators, fabs, sites, wafers

TABLE = files("teraplan") / "cases" / "world" / "recipes.csv"
ROWS = list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))
IN_SERVICE = 0.97
LOSS = 0.05
KW_PER_GW, GW_PER_MW = 1e6, 1e-3
EUV_PRICE = 0.27
"""GUSD / tool: 241.7 M EUR at 1.12 (euv-asp-2025)."""
BY_RULE, MEASURED = 45_000.0, float(fabs.passes_per_tool(75.0, 0.9))
"""Passes per EUV tool and month: the planning rule of 2019; 75 wafers an hour for 90 percent of the time."""


def row(process: str, commodity: str, year: str = "", mode: str = "", flow: str = "") -> dict[str, str]:
    found = [
        one
        for one in ROWS
        if (one["process"], one["commodity"], one["year"]) == (process, commodity, year)
        and mode in ("", one["mode"])
        and flow in ("", one["flow"])
    ]
    assert len(found) == 1, (process, commodity, year, len(found))
    return found[0]


def value(process: str, commodity: str, year: str = "", mode: str = "", flow: str = "") -> float:
    return float(row(process, commodity, year, mode, flow)["value"])


def significant(number: object, digits: int) -> float:
    return float(f"{number:.{digits}g}")


@pytest.mark.parametrize(
    ("process", "exposures", "passes", "digits"),
    [
        ("fab_n5", 14, BY_RULE, 2),
        ("fab_n3", 20, MEASURED, 2),
        ("fab_n2", 25, MEASURED, 1),
        ("fab_a14", 30, MEASURED, 1),
        ("fab_a10", 35, MEASURED, 1),
    ],
)
def test_euv_tools_of_a_thousand_wafers_a_month(process: str, exposures: float, passes: float, digits: int) -> None:
    assert value(process, "euv_tool", "2024") == significant(fabs.euv_tools(1000.0, exposures, passes), digits)


def test_euv_tools_of_memory() -> None:
    assert value("hbm_line", "euv_tool") == pytest.approx(fabs.euv_tools(1000.0, 4.5, BY_RULE))


@pytest.mark.parametrize(
    ("process", "capital"),
    [("fab_n5", 0.25), ("fab_n3", 0.40), ("fab_n2", 0.56), ("fab_a14", 0.70), ("fab_a10", 0.85)],
)
def test_tools_other_than_euv_and_their_range(process: str, capital: float) -> None:
    """capital: GUSD / (kwafer / month), the headline in costs.csv; the tools are 75 percent of it, 70 to 80."""
    shipped = row(process, "wafer_tools")
    for column, share, digits in (("value", 0.75, 4), ("low", 0.70, 3), ("high", 0.80, 3)):
        tools = fabs.other_tools(capital, share, value(process, "euv_tool", "2024"), EUV_PRICE)
        assert float(shipped[column]) == round(float(tools), digits), column


def test_tools_of_memory_are_two_thirds_of_the_middle_of_published_costs() -> None:
    middle = (0.252 + 0.414) / 2.0
    assert value("hbm_line", "wafer_tools") == significant(fabs.other_tools(middle, 2.0 / 3.0, 0.0, EUV_PRICE), 2)


def test_electricity_of_an_n3_wafer() -> None:
    hours = float(sites.electricity_of_site(1.0, 1.0))
    assert value("fab_n3", "electricity") == significant(fabs.electricity_per_wafer(70.0, 40.5) / 1e3 / hours, 2)


@pytest.mark.parametrize(
    ("year", "qualified", "digits"), [("2024", 0.65 * 65 / 80, 2), ("2025", 0.65, 3), ("2026", 0.74, 3)]
)
def test_memory_per_wafer(year: str, qualified: float, digits: int) -> None:
    """0.16 Gbit / mm^2 on 93 percent of a wafer, 65 percent good; times the share of lines that were qualified."""
    mature = round(float(wafers.memory_per_wafer(0.16, 0.65, 0.93)) / 1e3, 3)
    assert mature == 0.855
    assert value("hbm_line", "hbm", year) == significant(mature * qualified, digits)


@pytest.mark.parametrize(
    ("process", "die_area", "dies", "told", "companions", "within"),
    [("asm_hopper", 814.0, 1, 52.5, 1.15, 0.01), ("asm_blackwell", 800.0, 2, 26.7, 1.4, 0.03)],
)
def test_wafers_of_an_accelerator_from_its_die(
    process: str, die_area: float, dies: int, told: float, companions: float, within: float
) -> None:
    """85 percent of dies are usable with partial binning, 98 percent of packages are good."""
    good = wafers.good_packages_per_wafer(wafers.gross_dies(die_area), 0.85, 0.98, dies)
    shipped = row(process, "wafer_n5")
    needed = fabs.wafers_per_accelerator(good, companions)
    assert round(float(good), 1) == told
    assert f"= {told}" in shipped["note"]
    assert float(shipped["low"]) < needed < float(shipped["high"])
    assert needed == pytest.approx(float(shipped["value"]), rel=within)


def test_wafers_of_an_accelerator_from_good_packages_and_companions() -> None:
    told = re.compile(r"([\d.]+) good packages per wafer.* times ([\d.]+) for CPUs")
    found = [(told.search(one["note"]), float(one["value"])) for one in ROWS]
    checked = [(match, shipped) for match, shipped in found if match]
    assert len(checked) > 25
    for match, shipped in checked:
        good, companions = float(match[1]), float(match[2])
        most, least = (fabs.wafers_per_accelerator(good + off, companions) for off in (-0.051, 0.051))
        assert least <= shipped <= most, match[0]


def test_wafers_of_rubin_are_the_middle_of_two_published_counts() -> None:
    shipped, power = (
        row("asm_rubin", "wafer_n3"),
        value("cluster_rubin", "dc_space", mode="inference") * KW_PER_GW / 1e3,
    )
    chips = sites.accelerators_per_gigawatt(power)
    for column, per_gigawatt, digits in (("value", np.sqrt(17e3 * 55e3), 3), ("low", 17e3, 3), ("high", 55e3, 3)):
        assert float(shipped[column]) == significant(per_gigawatt / chips, digits)
    assert value("asm_rubin", "wafer_n5") == pytest.approx(6e3 / chips)


def test_memory_of_an_accelerator() -> None:
    """To half a GB: the capacity of the generations to come is told in whole GB."""
    found = [(re.search(r"([\d.]+) GB, 5 percent loss", one["note"]), float(one["value"])) for one in ROWS]
    checked = [(float(match[1]), shipped * 1e3) for match, shipped in found if match]
    assert len(checked) > 25
    for capacity, shipped in checked:
        assert shipped == pytest.approx(accelerators.memory_to_make(capacity, LOSS), abs=0.5 * (1.0 + LOSS))


@pytest.mark.parametrize(
    ("chip", "rate", "digits"),
    [("blackwell", (4500.0 + 5000.0) / 2.0, 3), ("rubin", 16_700.0, 3), ("tpu7", 4614.0, 3), ("mi300", 2 * 1307.4, 3)],
)
def test_performance_from_the_dense_8_bit_rate(chip: str, rate: float, digits: int) -> None:
    worth = accelerators.h100_equivalents(rate)
    assert significant(value(f"asm_{chip}", "h100e") * 1e3, digits) == significant(worth, digits)
    serving = value(f"cluster_{chip}", "compute", mode="inference") * 1e3
    assert serving == pytest.approx(significant(worth, digits) * IN_SERVICE, abs=6e-4)


def test_performance_of_trainium_2_to_two_digits_and_of_mi355_within_its_published_rates() -> None:
    trainium = value("cluster_trn2", "compute", mode="inference") * 1e3
    assert trainium == significant(accelerators.h100_equivalents(1299.0) * IN_SERVICE, 2)
    low, high = accelerators.h100_equivalents(4600.0), accelerators.h100_equivalents(5030.0)
    assert low < value("asm_mi355", "h100e") * 1e3 < high


def test_performance_in_service_is_97_percent_of_performance_made() -> None:
    makers = (one["process"] for one in ROWS if one["commodity"] == "h100e" and one["flow"] == "out")
    made = [process.removeprefix("asm_") for process in makers]
    assert len(made) > 30
    for chip in made:
        serving = value(f"cluster_{chip}", "compute", mode="inference")
        assert serving == pytest.approx(value(f"asm_{chip}", "h100e") * IN_SERVICE, abs=6e-7), chip
        assert value(f"cluster_{chip}", "h100e") == value(f"asm_{chip}", "h100e")


def test_space_of_blackwell_from_accelerators_per_gigawatt() -> None:
    shipped = row("cluster_blackwell", "dc_space", mode="inference")
    for column, thousands in (("value", 450.0), ("low", 500.0), ("high", 400.0)):
        chips = sites.accelerators_per_gigawatt(float(shipped[column]) / GW_PER_MW)
        assert chips == pytest.approx(thousands * 1e3, rel=2e-3)


def test_space_of_tpu_6_from_the_overhead_of_tpu_7() -> None:
    overhead = 1.207 / 0.96
    assert value("cluster_tpu6", "dc_space", mode="inference") == significant(
        accelerators.facility_power(0.38, overhead) * GW_PER_MW, 2
    )


def test_space_from_the_power_of_the_chip() -> None:
    """To the rounding of the chip's power, which the note tells to 10 W, and of the ratio, told to a hundredth."""
    found = [(re.search(r"chip power of ([\d.]+) kW times ([\d.]+)", one["note"]), float(one["value"])) for one in ROWS]
    checked = [(match, shipped) for match, shipped in found if match]
    assert len(checked) > 20
    for match, shipped in checked:
        chip, ratio = float(match[1]), float(match[2])
        least, most = (accelerators.facility_power(chip + off, ratio + off) for off in (-0.005, 0.005))
        assert least <= shipped / GW_PER_MW <= most, match[0]


def test_space_of_a_second_life_is_that_of_the_h100() -> None:
    power, worth = 1.73, value("cluster_hopper", "compute", mode="inference") * 1e3
    per_compute = 1e6 / sites.compute_per_gigawatt(power, worth)
    assert value("second_life_a", "dc_space") == significant(per_compute, 3)
