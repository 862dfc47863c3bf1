"""The commands alternatives and regret: what they print, what they leave, and how they refuse."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from teraplan.cli.app import app
from teraplan.results.store import load


def ran(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_alternatives_say_what_must_be_and_are_stored(tmp_path: Path) -> None:
    asked = ("--group", "gas: process=gas_turbine", "--group", "process=cluster_gpu", "--slack", "0.02", "--slack", "0")
    said = ran("alternatives", "starter", *asked, "--random", "2", "--workers", "1", "--out", tmp_path)
    assert said.exit_code == 0, said.output
    assert "at 2 %" in said.output
    assert "1 of 2 groups are must-haves: process=cluster_gpu" in said.output
    assert "of its money" in said.output
    stored = load(tmp_path / "starter-alternatives-trend")
    assert stored.frame("plans").height == 2 * (1 + 2 * 2 + 2)


def test_regret_of_scenarios_tells_the_minimax_plan_and_what_cannot_be_met(tmp_path: Path) -> None:
    said = ran("regret", "starter", "--workers", "1", "--out", tmp_path, "--json")
    assert said.exit_code == 0, said.output
    told = json.loads(said.stdout)
    assert told["minimax"] == "taiwan_outage"
    assert told["until"] == {"taiwan_outage": 2028, "trend": 2028}
    lost = [row for row in told["costs"] if row["reason"]]
    assert [(row["plan"], row["future"]) for row in lost] == [("trend", "taiwan_outage")]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("alternatives", "starter", "--slack", "2"), "less than or equal to 1"),
        (("alternatives", "starter", "--period", "2030..2026"), "no period of the case lies there"),
        (("alternatives", "starter", "--group", "process=gas_turbin"), "did you mean 'gas_turbine'?"),
        (("alternatives", "starter", "--by", "stages"), "did you mean 'stage'?"),
        (("regret", "starter", "--future", "trendy"), "trendy"),
        (("regret", "starter", "--future", "half_trillion"), "regret is counted in money"),
        (("regret", "starter", "--plan", "trendy"), "is neither a scenario of the case nor a stored run"),
    ],
)
def test_what_cannot_be_done_ends_with_2_and_says_how_to_mend_it(
    words: tuple[str, ...], what: str, tmp_path: Path
) -> None:
    said = ran(*words, "--workers", "1", "--out", tmp_path)
    assert said.exit_code == 2, said.output
    assert what in said.output
    assert "Traceback" not in said.output
