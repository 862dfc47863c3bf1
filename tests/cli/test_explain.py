"""`teraplan explain` as a user runs it: of a case, of a run, of two runs."""

import json
from pathlib import Path

import pytest

from cli.test_app import broken, copy, ran
from teraplan.plan import plan, read_case
from teraplan.results.store import save
from teraplan.shocks.shocks import Shock, shocked
from teraplan.shocks.targets import Target

NO_WAFERS = "availability[process=fab_logic] *= 0.1"
"""Committed wafers of the starter cannot be made with a tenth of its fabs."""
__all__ = ["copy"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two plans of the starter: its trend, and one with fewer grid connections; and a programme on the trend."""
    folder = tmp_path_factory.mktemp("explain") / "runs"
    for words in (
        ("--scenario", "half_trillion"),
        ("--set", "limits[limit=grid_connections] *= 0.6", "--name", "less_grid"),
    ):
        assert ran("run", "starter", *words, "--out", folder).exit_code == 0
    return folder


def test_a_case_that_cannot_be_met_is_explained_and_that_is_success(tmp_path: Path) -> None:
    result = ran("explain", "starter", "--set", NO_WAFERS, "--out", tmp_path)
    assert result.exit_code == 0, result.output
    first, second = result.stdout.splitlines()[:2]
    assert first == (
        "wafer in WLD in 2026 cannot be met: 2.90 million wafers / year is asked for and 1.61 million wafers / year "
        "can be had."
    )
    assert second.startswith("  fab_logic can run in 2026 on what was there, 428 thousand wafers / year in TWN")
    assert f"changed by --set {NO_WAFERS}" in second


def test_an_explanation_speaks_json_to_programs(tmp_path: Path) -> None:
    told = json.loads(ran("explain", "starter", "--set", NO_WAFERS, "--out", tmp_path, "--json").stdout)
    assert told["kind"] == "conflict"
    lines = [line for sentence in told["sentences"] for line in sentence["lines"]]
    assert {"table": "availability", "edit": f"--set {NO_WAFERS}"}.items() <= lines[0].items()


def test_a_case_that_can_be_met_is_said_to_be(tmp_path: Path) -> None:
    result = ran("explain", "starter", "--out", tmp_path)
    assert result.exit_code == 0
    assert result.stdout == "starter can be met: no condition stands against another.\n"


def test_run_points_to_the_explanation(tmp_path: Path) -> None:
    result = ran("run", "starter", "--set", NO_WAFERS, "--out", tmp_path)
    assert result.exit_code == 3
    assert "teraplan explain, with the same case and options" in result.stderr


def test_of_a_programme_the_plan_that_it_stands_on_is_explained(tmp_path: Path) -> None:
    result = ran("explain", "starter", "--scenario", "half_trillion", "--set", NO_WAFERS, "--out", tmp_path)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("half_trillion stands on trend: wafer in WLD in 2026 cannot be met")


@pytest.mark.parametrize("name", ["less_grid", "starter-half_trillion"])
def test_a_run_tells_its_deepest_limits_and_plans_again_with_more_of_three(runs: Path, name: str) -> None:
    told = json.loads(ran("explain", runs / name, "--out", runs, "--json").stdout)
    assert told["kind"] == "bottlenecks"
    numbers = [sentence["numbers"] for sentence in told["sentences"]]
    assert sum("planned" in one for one in numbers) == 3
    assert all(one["planned"] <= one["foretold"] * 1.001 for one in numbers if "planned" in one)


def test_two_runs_differ_by_their_data_first(runs: Path) -> None:
    result = ran("explain", runs / "starter-trend", runs / "less_grid")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[1] == "  Only less_grid has the edit --set limits[limit=grid_connections] *= 0.6."


def test_a_run_of_a_case_that_has_changed_since_is_not_explained(runs: Path, copy: Path) -> None:
    """The run was made from the tables of the starter; a copy of them will do, until a number in it is changed."""
    words = ("explain", runs / "less_grid", "--case", copy, "--out", runs)
    assert ran(*words).exit_code == 0
    broken(copy, "limits.csv", "dc_sites,order_max,dc_shell,USA,2026,28", "dc_sites,order_max,dc_shell,USA,2026,27")
    result = ran(*words)
    assert result.exit_code == 2
    assert "the case is not what the run was made from" in result.stderr


def test_a_run_after_a_shock_is_stored_and_cited_and_planned_again_in_python_alone(tmp_path: Path) -> None:
    outage = Shock("quake", (Target(process="fab_logic", region="TWN", factor=0.7, duration=0.2),))
    save(plan(shocked(read_case("starter"), outage, 2027.0)), tmp_path / "hit")
    assert "quake" in ran("cite", tmp_path / "hit").stdout
    result = ran("explain", tmp_path / "hit")
    assert result.exit_code == 2
    assert "was made after a shock (shock quake from 2027" in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("a", "b", "c"), "names more than two"),
        (("nowhere",), "is neither a shipped case nor a folder"),
        (("starter", "--set", "limits[limit=none] = 1"), "selects nothing"),
    ],
)
def test_what_cannot_be_read_is_a_fault(words: tuple[str, ...], said: str) -> None:
    result = ran("explain", *words)
    assert (result.exit_code, said in result.stderr) == (2, True), result.output
