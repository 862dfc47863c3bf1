"""Fabs, accelerators and sites: public figures that the formulas give again, laws, what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from teraplan.errors import ArgumentError
from teraplan.industry import accelerators, fabs, sites, wafers
from teraplan.units import factor

POSITIVE = st.floats(0.01, 1e6)


def test_20_exposures_at_75_wafers_an_hour_are_4_1_tools_for_10_000_wafers_a_month() -> None:
    each = fabs.passes_per_tool(75.0, 0.9)
    assert each == pytest.approx(49_309, abs=1)
    assert fabs.euv_tools(10_000.0, 20.0, each) == pytest.approx(4.1, abs=0.05)


def test_14_layers_by_the_rule_of_45_000_are_3_1_tools_for_10_000_wafers_a_month() -> None:
    assert fabs.euv_tools(10_000.0, 14.0, 45_000.0) == pytest.approx(3.1, abs=0.05)


def test_70_mask_layers_at_40_5_kwh_are_2800_kwh_a_wafer() -> None:
    assert fabs.electricity_per_wafer(70.0, 40.5) == pytest.approx(2800.0, rel=0.02)


def test_hopper_wafers_per_gw() -> None:
    """578 thousand accelerators of 1.73 kW, 55 good dies a wafer: 10,500 wafers, of 14 EUV exposures each."""
    assert sites.accelerators_per_gigawatt(1.73) == pytest.approx(578_000.0, rel=1e-3)
    assert fabs.wafers_per_gigawatt(1.73, 55.0) == pytest.approx(10_500.0, rel=2e-3)
    assert fabs.euv_passes_per_gigawatt(10_500.0, 14.0) == 147_000.0


def test_blackwell_wafers_per_gw() -> None:
    """476 thousand packages of two dies at 2.10 kW, 55 good dies a wafer: 17,300 wafers."""
    good = wafers.good_packages_per_wafer(55.0, 1.0, dies_per_package=2)
    assert fabs.wafers_per_gigawatt(2.10, good) == pytest.approx(17_300.0, rel=2e-3)


def test_a_wafer_of_hbm3_is_1315_gb_of_which_855_are_good() -> None:
    assert wafers.memory_per_wafer(0.16, 1.0, 0.93) == pytest.approx(1315.0, abs=0.5)
    assert wafers.memory_per_wafer(0.16, 0.65, 0.93) == pytest.approx(855.0, abs=0.5)


@pytest.mark.parametrize(
    ("rate", "number_format", "worth"),
    [
        (1979.0, "fp8", 1.0),
        (4614.0, "fp8", 2.33),  # TPU v7
        (16_700.0, "fp8", 8.44),  # Rubin
        (312.0, "bf16", 0.315),  # A100
        (15_000.0, "fp4", 7.58),  # B300: the H100 runs four bits at its 8-bit rate
    ],
)
def test_h100_equivalents(rate: float, number_format: str, worth: float) -> None:
    assert accelerators.h100_equivalents(rate, number_format) == pytest.approx(worth, abs=5e-3)


def test_an_h100_of_700_w_draws_1_7_kw_of_its_site() -> None:
    assert accelerators.facility_power(0.7, 1.53, 1.14, 1.4) == pytest.approx(1.7, abs=0.05)


def test_a_hall_draws_its_mean_load_for_8766_hours() -> None:
    assert sites.electricity_of_site(2.0, 0.75) == pytest.approx(2.0 * 0.75 * factor("GW*year", "GWh"))


@settings(deadline=None)
@given(POSITIVE, POSITIVE, POSITIVE, st.floats(0.01, 1.0))
def test_what_a_gw_holds_is_the_inverse_of_what_one_draws(power: float, good: float, worth: float, runs: float) -> None:
    chips = sites.accelerators_per_gigawatt(power)
    assert fabs.wafers_per_gigawatt(power, good) == pytest.approx(chips * fabs.wafers_per_accelerator(good))
    assert sites.compute_per_gigawatt(power, worth, runs) == pytest.approx(chips * worth * runs)


@settings(deadline=None)
@given(POSITIVE, POSITIVE, POSITIVE, st.floats(1.0, 5.0))
def test_twice_the_work_takes_twice_the_tools(wanted: float, passes: float, each: float, more: float) -> None:
    assert fabs.euv_tools(more * wanted, passes, each) == pytest.approx(more * fabs.euv_tools(wanted, passes, each))
    assert fabs.euv_tools(wanted, passes, more * each) <= fabs.euv_tools(wanted, passes, each)


def test_arrays_give_what_one_by_one_gives() -> None:
    powers = np.array([1.0, 2.0])
    assert np.array_equal(sites.accelerators_per_gigawatt(powers), [1e6, 5e5])
    assert np.shape(accelerators.facility_power(powers[:, None], cooling=np.array([1.1, 1.2, 1.3]))) == (2, 3)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: accelerators.h100_equivalents(100.0, "fp9"), "'fp9' is unknown"),
        (lambda: accelerators.facility_power(0.7, cooling=0.9), "cooling"),
        (lambda: accelerators.memory_to_make(-1.0, 0.05), "capacity"),
        (lambda: sites.accelerators_per_gigawatt(0.0), "facility_power"),
        (lambda: sites.electricity_of_site(1.0, 1.2), "mean_load"),
        (lambda: fabs.wafers_per_gigawatt(1.7, 0.0), "good_packages_per_wafer"),
        (lambda: fabs.wafers_per_accelerator(50.0, 0.9), "companions"),
        (lambda: fabs.passes_per_tool(75.0, 1.1), "uptime"),
        (lambda: fabs.other_tools(0.1, 0.75, 1.0, 0.27), "cost more than all tools"),
    ],
)
def test_what_cannot_be_is_refused(call, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ArgumentError) as caught:
        call()
    assert said in str(caught.value)
