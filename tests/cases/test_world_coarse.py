"""world-coarse is what its rule makes of world: its files, its numbers, its scenarios; and it is small."""

from pathlib import Path

import polars as pl
import pytest

from teraplan.case.case import Case
from teraplan.case.edit import parse_set
from teraplan.case.read import load_tables
from teraplan.case.resolve import Tables
from teraplan.convert.coarse_scenarios import frames_of
from teraplan.convert.coarsen import coarse_texts, read_rule
from teraplan.convert.merging import maps
from teraplan.model.build import build_problem
from teraplan.plan import read_case
from teraplan.solver import solve

COARSE = Path(__file__).parents[2] / "src" / "teraplan" / "cases" / "world-coarse"
NUMBERS = (
    "recipes", "costs", "lead_times", "availability", "limits", "shares", "rules", "demand_quantity", "demand_anchor",
    "local_share", "reserve_margin", "firm_share", "taxes",
)  # fmt: skip
NOT_COMPARED = ("value", "low", "high", "grade", "source", "line", "note")


@pytest.fixture(scope="module")
def world() -> Tables:
    return load_tables("world")


def test_the_rule_makes_every_file_as_it_ships() -> None:
    """When world has changed: teraplan coarsen src/teraplan/cases/world-coarse"""
    made = coarse_texts(COARSE)
    shipped = {path.relative_to(COARSE).as_posix() for path in COARSE.rglob("*") if path.is_file()}
    assert shipped - made.keys() == {"README.md", "coarsen.toml", "datapackage.json"}
    different = [name for name, text in made.items() if (COARSE / name).read_text(encoding="utf-8") != text]
    assert not different, f"teraplan coarsen {COARSE.relative_to(Path.cwd())} makes other {', '.join(different)}"


def test_it_is_small() -> None:
    height, width = build_problem(read_case("world-coarse")).program.matrix.shape
    assert width <= 8_000 and height <= 7_000


@pytest.mark.parametrize("scenario", ["trend", "power_scarce", "export_controls_tight"])
def test_a_scenario_does_to_the_coarse_case_what_it_does_to_the_world(world: Tables, scenario: str) -> None:
    """Reading the coarse folder under a scenario gives what merging the world under that scenario gives."""
    rule = maps(world, read_rule(COARSE))
    wanted = frames_of(load_tables("world", scenario), rule)
    got = load_tables("world-coarse", scenario).frames
    for name in NUMBERS:
        labels = [label for label in wanted[name].columns if label in got[name].columns and label not in NOT_COMPARED]
        both = wanted[name].join(got[name], on=labels, how="full", nulls_equal=True, suffix="_read")
        assert both.height == wanted[name].height == got[name].height, name
        apart = (pl.col("value") - pl.col("value_read")).abs() > 1e-5 * pl.col("value").abs() + 1e-9
        assert both.filter(apart).is_empty(), name


def test_a_cluster_that_takes_a_little_longer_or_shorter_changes_compute_a_little() -> None:
    """Some chips are needed a year later, also of those that are sold no more; none are needed before the order."""
    shorter, longer = (
        read_case("world-coarse", edits=(parse_set(f"lead_times[process=cluster_*] *= {by}"),)) for by in (0.8, 1.1)
    )
    plain = compute_of(read_case("world-coarse"), "2030")
    assert plain == pytest.approx(compute_of(shorter, "2030"), rel=0.05)
    assert plain == pytest.approx(compute_of(longer, "2030"), rel=0.05)


def compute_of(case: Case, period: str) -> float:
    solution = solve(build_problem(case))
    columns = solution.problem.columns.with_columns(value=pl.Series(solution.value))
    short = columns.filter((pl.col("variable") == "shortage") & (pl.col("period") == period))
    missed = short.filter(pl.col("commodity") == "compute")["value"].sum()
    asked = case.demand.filter((pl.col("commodity") == "compute") & (pl.col("period") == period))["value"].sum()
    return float(asked - missed)
