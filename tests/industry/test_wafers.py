"""Gross dies, yields and costs of wafers: published and worked figures by name, laws, and what is refused."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

import teraplan as tp
from teraplan.errors import ArgumentError
from teraplan.industry import packages, wafers
from teraplan.industry.wafers import FORMULAS, MODELS, cost_per_good_die, die_yield, good_packages_per_wafer, gross_dies

SHAPE = {"negative_binomial": 3.0, "bose_einstein": 12.0}
AREAS = st.floats(1.0, 5000.0)
DENSITIES = st.floats(0.0, 3.0)
SHARES = st.floats(0.0, 1.0)
ROUNDING = 1.0 + 1e-12


# Published and worked figures


def test_the_names_of_the_interface_stand() -> None:
    assert tp.industry.wafers.gross_dies(814.0) == pytest.approx(63.47919, abs=5e-6)
    assert tp.industry.wafers.die_yield(814.0, 0.1) == pytest.approx(0.4681, abs=5e-5)


@pytest.mark.parametrize(
    ("area", "flynn", "textbook", "poisson"), [(230.0, 129.626, 130, 0.10026), (100.0, 314.159, 314, 0.36788)]
)
def test_flynns_wafer_of_21_cm(area: float, flynn: float, textbook: int, poisson: float) -> None:
    dies = gross_dies(area, diameter=210.0, formula="flynn")
    assert dies == pytest.approx(flynn, abs=5e-4)
    assert round(dies) == textbook
    assert die_yield(area, 1.0, "poisson") == pytest.approx(poisson, abs=5e-6)


@pytest.mark.parametrize(
    ("model", "published"),
    [
        ("poisson", 0.9222),
        ("murphy", 0.9227),
        ("negative_binomial", 0.9232),
        ("seeds", 0.9251),
        ("bose_einstein", 0.3927),
    ],
)
def test_the_calculator_page_with_0_081_defects_a_die(model: str, published: float) -> None:
    assert die_yield(8.1, 1.0, model, SHAPE.get(model)) == pytest.approx(published, abs=5e-5)


@pytest.mark.parametrize(
    ("model", "shape", "share", "cost"),
    [
        ("poisson", None, 0.4431, 644.8),
        ("murphy", None, 0.4681, 610.4),
        ("negative_binomial", 2.0, 0.5051, 565.6),
        ("negative_binomial", 3.0, 0.4867, 587.1),
        ("seeds", None, 0.5513, 518.3),
    ],
)
def test_a_die_of_reticle_size_at_a_tenth_of_a_defect_per_cm2(
    model: str, shape: float | None, share: float, cost: float
) -> None:
    good = die_yield(814.0, 0.1, model, shape)
    assert good == pytest.approx(share, abs=5e-5)
    assert cost_per_good_die(18_000.0, gross_dies(814.0), good) == pytest.approx(cost, abs=0.05)


def test_a_package_of_two_dies_and_eight_stacks() -> None:
    die = cost_per_good_die(18_000.0, gross_dies(814.0), die_yield(814.0, 0.1, "negative_binomial", 3.0))
    stacked = packages.stack_yield(0.995, 12)
    assert stacked == pytest.approx(0.94162, abs=5e-6)
    stack = packages.cost_per_good_stack(12.0, 10.0, 12, stacked)
    assert stack == pytest.approx(163.55, abs=5e-3)
    good = packages.package_yield(2, 8, die_survival=0.99, stack_survival=0.99, assembly_yield=0.97)
    assert good == pytest.approx(0.8772506, abs=5e-8)
    assert packages.cost_per_good_package(die, 2, stack, 8, 700.0, 1.0) == pytest.approx(3182.57, abs=5e-3)
    assert packages.cost_per_good_package(die, 2, stack, 8, 700.0, good) == pytest.approx(3627.8967, abs=5e-5)


def test_good_packages_are_whole_dies_that_work_over_dies_in_a_package() -> None:
    assert good_packages_per_wafer(63.9, 0.5, 0.9, 2) == pytest.approx(63 * 0.5 * 0.9 / 2)


# Where the formulas meet


def test_negative_binomial_is_seeds_at_one_and_poisson_without_clusters() -> None:
    assert die_yield(814.0, 0.1, "negative_binomial", 1.0) == pytest.approx(die_yield(814.0, 0.1, "seeds"))
    assert die_yield(814.0, 0.1, "negative_binomial", 1e9) == pytest.approx(die_yield(814.0, 0.1, "poisson"))


def test_murphy_is_poisson_averaged_over_a_triangle_of_densities() -> None:
    defects = 814.0 / 100.0 * 0.1
    triangle = lambda x: (1.0 - abs(x - 1.0)) * math.exp(-defects * x)  # noqa: E731
    assert die_yield(814.0, 0.1, "murphy") == pytest.approx(quad(triangle, 0.0, 1.0)[0] + quad(triangle, 1.0, 2.0)[0])


@pytest.mark.parametrize("model", MODELS)
def test_without_defects_every_die_works(model: str) -> None:
    assert die_yield(814.0, 0.0, model, SHAPE.get(model)) == 1.0


@pytest.mark.parametrize("aspect", [1.0, 3.0])
@pytest.mark.parametrize(
    ("least", "most", "best", "within"), [(10.0, 100.0, "de_vries", 0.004), (100.0, 900.0, "flynn", 0.02)]
)
def test_which_formula_is_nearest_to_the_exact_count(
    aspect: float, least: float, most: float, best: str, within: float
) -> None:
    """de Vries fits small dies; of large ones a well placed grid holds more than he estimates."""
    areas = np.geomspace(least, most, 16)
    exact = gross_dies(areas, formula="exact", aspect=aspect)
    error = {name: np.abs(gross_dies(areas, formula=name, aspect=aspect) / exact - 1.0).mean() for name in FORMULAS}
    assert error[best] == min(error.values()) < within
    assert error["area"] == max(error.values())


def test_a_wafer_that_dies_fill_loses_only_its_edge() -> None:
    for name in (*FORMULAS, "exact"):
        assert gross_dies(9.0, formula=name) == pytest.approx(math.pi * 150.0**2 / 9.0, rel=0.03)


def test_a_rim_is_taken_from_both_sides_and_a_lane_is_added_to_both_edges() -> None:
    assert gross_dies(814.0, 300.0, edge_exclusion=3.0) == gross_dies(814.0, 294.0)
    side = math.sqrt(814.0) + 0.1
    assert gross_dies(814.0, scribe_lane=0.1) == pytest.approx(gross_dies(side**2))
    assert (
        gross_dies(26.0 * 33.0, aspect=26.0 / 33.0)
        == gross_dies(26.0 * 33.0, aspect=33.0 / 26.0)
        < gross_dies(26.0 * 33.0)
    )


def test_repair_by_counting_the_ways() -> None:
    ways = sum(math.comb(144, lost) * 0.01**lost * 0.99 ** (144 - lost) for lost in range(13))
    assert wafers.repaired_yield(0.99, 144, 12, common_yield=0.9) == pytest.approx(0.9 * ways)
    assert wafers.repaired_yield(0.99, 144, 0) == pytest.approx(0.99**144)
    assert wafers.repaired_yield(0.2, 8, 8) == 1.0


# Laws


@settings(deadline=None)
@given(AREAS, st.floats(1.0, 3.0), DENSITIES, st.floats(0.0, 2.0), st.sampled_from(MODELS))
def test_yields_lie_between_0_and_1_and_fall_with_area_and_density(
    area: float, larger: float, density: float, more: float, model: str
) -> None:
    shape = SHAPE.get(model)
    good = die_yield(area, density, model, shape)
    assert 0.0 <= good <= 1.0
    assert die_yield(area * larger, density, model, shape) <= good * ROUNDING
    assert die_yield(area, density + more, model, shape) <= good * ROUNDING


@settings(deadline=None)
@given(AREAS, st.floats(1.0, 3.0), st.floats(0.0, 20.0), st.floats(0.0, 1.0), st.sampled_from(sorted(FORMULAS)))
def test_gross_dies_fall_with_area_and_never_pass_the_bound(
    area: float, larger: float, rim: float, lane: float, formula: str
) -> None:
    dies = gross_dies(area, 300.0, rim, formula, lane)
    assert 0.0 <= dies <= gross_dies(area, 300.0, rim, "area", lane)
    assert gross_dies(area * larger, 300.0, rim, formula, lane) <= dies * ROUNDING


@settings(deadline=None)
@given(SHARES, st.integers(1, 60), st.data())
def test_every_spare_helps_and_more_than_all_blocks_cannot_fail(works: float, blocks: int, data: st.DataObject) -> None:
    spares = data.draw(st.integers(0, blocks - 1))
    fewer, more = (wafers.repaired_yield(works, blocks, number) for number in (spares, spares + 1))
    assert 0.0 <= fewer <= more * ROUNDING
    assert more <= 1.0


@settings(deadline=None)
@given(SHARES, SHARES, SHARES, st.integers(0, 8), st.integers(0, 8), st.integers(0, 8), st.integers(0, 8))
def test_the_yield_of_a_package_is_the_product_of_its_parts(
    die: float, stack: float, whole: float, dies: int, stacks: int, more_dies: int, more_stacks: int
) -> None:
    small = packages.package_yield(dies, stacks, die, stack)
    rest = packages.package_yield(more_dies, more_stacks, die, stack, whole)
    large = packages.package_yield(dies + more_dies, stacks + more_stacks, die, stack, whole)
    assert large == pytest.approx(small * rest)
    assert 0.0 <= large <= small * ROUNDING


@settings(max_examples=30, deadline=None)
@given(st.lists(AREAS, min_size=1, max_size=5), st.lists(DENSITIES, min_size=1, max_size=4))
def test_arrays_give_what_one_by_one_gives(areas: list[float], densities: list[float]) -> None:
    grid = die_yield(np.array(areas)[:, None], np.array(densities))
    assert np.shape(grid) == (len(areas), len(densities))
    assert grid == pytest.approx(np.array([[die_yield(a, density) for density in densities] for a in areas]), rel=1e-13)
    assert type(die_yield(areas[0], densities[0])) is float


# What is refused


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(ArgumentError) as caught:
        die_yield([100.0, 0.0, -5.0], -0.1, "murfy")
    said = str(caught.value)
    assert caught.value.exit_code == 2 and len(caught.value.faults) == 3
    assert "die_area\n    0 mm^2 at 1 cannot be, and 1 more\n    fix: give finite numbers above 0" in said
    assert "defect_density\n    -0.1 1/cm^2 cannot be" in said
    assert "model\n    'murfy' is unknown\n    fix: did you mean 'murphy'?" in said


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: gross_dies(0.0), "die_area"),
        (lambda: gross_dies(math.nan), "nan mm^2"),
        (lambda: gross_dies("814"), "'814' is no number"),
        (lambda: gross_dies([[1.0], [1.0, 2.0]]), "give a number or rows of equal length"),
        (lambda: gross_dies(None), "None is no number"),
        (lambda: gross_dies(814.0, formula="de_vris"), "did you mean 'de_vries'?"),
        (lambda: gross_dies(814.0, edge_exclusion=150.0), "no usable wafer"),
        (lambda: gross_dies([1.0, 2.0], [300.0, 200.0, 100.0]), "die_area (2,), diameter (3,)"),
        (lambda: die_yield(814.0, 0.1, "negative_binomial"), "negative_binomial needs its shape"),
        (lambda: die_yield(814.0, 0.1, "poisson", 3.0), "poisson has no shape"),
        (lambda: wafers.repaired_yield(0.9, 4, 5), "more spares than blocks"),
        (lambda: wafers.repaired_yield(0.9, 4.5, 1), "give finite whole numbers of at least 1"),
        (lambda: cost_per_good_die(18_000.0, 0.9, 0.5), "gross_dies"),
        (lambda: cost_per_good_die(18_000.0, 60.0, 0.0), "die_yield"),
        (lambda: packages.package_yield(2, 8, die_survival=1.1), "numbers of at least 0 and at most 1"),
        (lambda: packages.cost_per_good_stack(1.0, 1.0, 8, 0.0), "numbers above 0 and at most 1"),
    ],
)
def test_what_cannot_be_is_refused(call, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ArgumentError) as caught:
        call()
    assert said in str(caught.value)
