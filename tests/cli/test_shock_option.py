"""A shock of the case's table: known to a plan by `--shock`, read off its run again, and in a future of `regret`."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from teraplan.case.read import find_case
from teraplan.cli.app import app
from teraplan.plan import plan
from teraplan.report.regret import sentences
from teraplan.results.store import load
from teraplan.scenario import case_of_run, request_of_run
from teraplan.shocks.named import Named

TABLE = """shock,title,kind,process,region,start,duration_year,recovery_year,value,unit,grade,note
fire,Fire in memory plants,outage,hbm_line,TWN,,1,0.5,0.5,1,assumption,half of the lines by judgement
slip,Grids come late,delay,grid,*,2027,2,0,0.7,1,assumption,by judgement
slip,Grids come late,delay,dc_shell,*,2027,2,0,0.7,1,assumption,by judgement
"""


def ran(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The starter with two shocks: one says when it begins."""
    folder = tmp_path_factory.mktemp("cases") / "mine"
    shutil.copytree(find_case("starter"), folder)
    (folder / "shocks.csv").write_text(TABLE, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def runs(mine: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of the case, without a shock and with both at once; one that is named twice counts once."""
    out = tmp_path_factory.mktemp("runs")
    for shocks in ((), ("--shock", "fire:2027.5", "--shock", "slip", "--shock", "slip")):
        result = ran("run", mine, *shocks, "--out", out)
        assert result.exit_code == 0, result.output
    return out


def test_a_run_is_named_after_the_shocks_that_it_knows_of(runs: Path) -> None:
    folders = {path.name for path in runs.iterdir() if path.is_dir()}
    assert folders == {"mine-trend", "mine-trend+fire-2027.5+slip"}
    edits = load(runs / "mine-trend+fire-2027.5+slip").run["edits"]
    assert edits == [
        "--shock fire:2027.5",
        "--shock slip",
        "shock fire from 2027.5: outage of process=hbm_line, region=TWN, factor 0.5 for 1 year, back in 0.5 years",
        "shock slip 1 from 2027: delay of process=grid, factor 0.7 for 2 years",
        "shock slip 2 from 2027: delay of process=dc_shell, factor 0.7 for 2 years",
    ]


def test_a_run_after_shocks_is_planned_again_from_what_it_records(runs: Path, mine: Path) -> None:
    stored, plain = load(runs / "mine-trend+fire-2027.5+slip"), load(runs / "mine-trend")
    request, _ = request_of_run(stored, str(mine))
    assert request.shocks == (Named("fire", 2027.5), Named("slip"))
    again = plan(case_of_run(stored, str(mine)))
    assert again.run["objective"] == pytest.approx(stored.run["objective"], rel=1e-9)
    assert float(str(stored.run["objective"])) > float(str(plain.run["objective"])) + 1


def test_a_future_of_regret_may_have_a_shock(mine: Path, tmp_path: Path) -> None:
    """The plan that knows of the fire, and the one that does not, each with and without it."""
    words = ("--future", "trend", "--future", "trend+fire:2027.5", "--workers", 1, "--json", "--out", tmp_path)
    result = ran("regret", mine, *words)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    regret = {(row["plan"], row["future"]): row["regret"] for row in told["costs"]}
    best = {row["future"]: row["best"] for row in told["futures"]}
    assert best["trend+fire:2027.5"] > best["trend"] + 1
    assert regret["trend", "trend"] == regret["trend+fire:2027.5", "trend+fire:2027.5"] == 0
    assert regret["trend", "trend+fire:2027.5"] > 0 and regret["trend+fire:2027.5", "trend"] > 0
    assert any("Trend with fire from 2027.5" in said for said in sentences(load(tmp_path / "mine-regret")))


def test_every_future_that_cannot_be_is_told_at_once(mine: Path, tmp_path: Path) -> None:
    words = ("--future", "trend+fire", "--future", "trend+smoke:2028", "--future", "trendy+fire:2028")
    result = ran("regret", mine, *words, "--out", tmp_path)
    assert result.exit_code == 2 and "3 faults found" in result.output
    assert "--future 'trend+fire': --shock fire" in result.output and "says no start" in result.output
    assert "--future 'trend+smoke:2028': --shock smoke:2028" in result.output
    assert "trendy" in result.output


def test_what_stood_on_a_run_sees_the_shocks(runs: Path, mine: Path, tmp_path: Path) -> None:
    hit = runs / "mine-trend+fire-2027.5+slip"
    explained = ran("explain", hit, "--case", mine, "--out", runs)
    assert explained.exit_code == 0, explained.output
    assert "has the edit --shock slip" in ran("explain", runs / "mine-trend", hit).stdout
    assert ran("compare", runs / "mine-trend", hit).exit_code == 0
    folder = tmp_path / "programme"
    result = ran("run", mine, "--scenario", "half_trillion", "--shock", "fire:2027.5", "--out", folder)
    assert result.exit_code == 0, result.output
    words = ("--budget", "5e11", "--workers", 1, "--shock", "fire:2027.5")
    assert ran("frontier", mine, *words, "--out", folder).exit_code == 0
    assert {path.name for path in folder.iterdir() if path.is_dir()} == {
        "mine-frontier-half_trillion+fire-2027.5",
        "mine-trend+fire-2027.5",
        "mine-half_trillion+fire-2027.5",
    }


def test_other_commands_take_it_too(mine: Path) -> None:
    assert ran("check", mine, "--shock", "fire:2027").exit_code == 0
    for command in ("run", "check", "explain", "frontier", "alternatives"):
        assert "--shock" in ran(command, "--help").stdout
    assert "--shock taiwan_blockade:2028" in " ".join(ran("run", "--help").stdout.split())


@pytest.mark.parametrize(
    ("shocks", "said"),
    [
        (["fir:2027"], ["there is no shock 'fir'", "name one of fire, slip"]),
        (["fire"], ["the table says no start", "--shock fire:2028"]),
        (["fire:1999", "slop"], ["begins in 1999, outside the case", "there is no shock 'slop'"]),
        (["fire:soon"], ["names no shock and year", "--shock NAME:YEAR"]),
    ],
)
def test_bad_shocks_end_with_2_and_name_those_there_are(mine: Path, shocks: list[str], said: list[str]) -> None:
    result = ran("run", mine, *[word for shock in shocks for word in ("--shock", shock)])
    assert result.exit_code == 2
    assert all(text in " ".join(result.output.split()) for text in said), result.output


def test_a_case_without_shocks_says_where_they_are_described() -> None:
    result = ran("check", "starter", "--shock", "fire:2027")
    assert result.exit_code == 2
    assert "the case has no shocks: describe some in its shocks.csv" in " ".join(result.output.split())
