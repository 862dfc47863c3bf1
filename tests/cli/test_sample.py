"""teraplan sample: what it says, what it keeps, and what it is told that cannot be."""

import json
import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from teraplan.cli.app import app
from teraplan.report.page import write_report
from teraplan.report.sample import fans, sentences
from teraplan.results.store import load
from uncertainty.chance import uncertain


def run(*words: str) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["sample", *words])
    return found.exit_code, found.output


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small case with one fact, and of its sample of 32 draws on one process."""
    place = tmp_path_factory.mktemp("sampled")
    uncertain(place / "small")
    code, said = run(
        str(place / "small"), "-n", "32", "--method", "sobol", "--workers", "1", "--out", str(place / "runs")
    )
    assert code == 0, said
    assert "32 draws of 1 facts (sobol, seed 1), 0 of them without a plan" in said
    assert "The fact that moves money most, by share of its variance: cost: maker, capital" in said
    return place


def test_a_sample_says_its_spread_and_is_stored_beside_its_draws(folder: Path) -> None:
    results = load(folder / "runs" / "small-sample-sobol")
    assert results.run["kind"] == "sample"
    assert len(list((folder / "runs" / "small-sample-sobol.draws").glob("*.parquet"))) == 33
    money = fans(results).filter(fans(results)["quantity"] == "money").row(0, named=True)
    assert money["p5"] == pytest.approx(10.0, rel=0.1) and money["p95"] == pytest.approx(40.0, rel=0.1)
    assert money["p50"] == pytest.approx(20.0, rel=0.1) and money["written"] == pytest.approx(20.0)
    assert "Money over all years shown" in sentences(results)[1]


def test_the_same_again_solves_nothing_and_says_the_same_as_json(folder: Path) -> None:
    words = ("-n", "30", "--method", "sobol", "--workers", "1", "--out", str(folder / "runs"))
    code, said = run(str(folder / "small"), *words, "--json")
    assert code == 0 and "a sobol design has a power of two of draws: 32 in place of 30" in said
    data = json.loads(said[said.index("{") :])
    money = [fact for fact in data["facts_that_move_most"] if fact["outcome"] == "money"]
    # All of the variance is the one fact's; what varies within its five bins is not seen.
    assert data["draws"] == 32 and 0.75 < money[0]["share"] <= 1.0


def test_the_report_of_a_sample_has_its_section(folder: Path) -> None:
    from teraplan.plan import plan, read_case

    results = load(folder / "runs" / "small-sample-sobol")
    page = write_report(folder / "page.html", [plan(read_case(folder / "small"))], [results]).read_text()
    assert 'id="sample"' in page and "What moves money over all years shown" in page


def test_worth_is_added_to_draws_that_are_kept_and_stored_with_them(folder: Path) -> None:
    """Ten of compute must be met in the one year there is: every plan orders ten, and no fact changes that."""
    words = ("-n", "32", "--method", "sobol", "--workers", "1", "--out", str(folder / "runs"))
    code, said = run(str(folder / "small"), *words)
    assert code == 0 and "What each fact is worth to know before deciding: the same again with --worth 200." in said
    code, said = run(str(folder / "small"), *words, "--worth", "10", "--decide-until", "2025")
    assert code == 0, said
    assert "If orders up to 2025 are placed before anything more is known" in said
    assert "The same candidate costs least in every draw: no fact changes the choice among them." in said
    assert len(list((folder / "runs" / "small-sample-sobol.draws").glob("*.parquet"))) == 33 + 4 + 4 * 10
    stored = load(folder / "runs" / "small-sample-sobol")
    assert stored.frame("worth").columns == ["factor", "worth", "chance", "unit"]
    code, said = run(str(folder / "small"), *words, "--worth", "10", "--json")
    data = json.loads(said[said.index("{") :])
    assert data["worth"]["until"] == 2025 and data["worth"]["kept"] == data["worth"]["tried"] == 10
    assert data["worth"]["perfect"] == 0.0 and data["worth"]["best"] == "as written"
    assert [row["unit"] for row in data["candidates"]] == ["GUSD"] * 4
    assert [row["worth"] for row in data["facts_worth_most"]] == [0.0]
    _in_the_report(folder)


def _in_the_report(folder: Path) -> None:
    """The report shows worth beside candidates."""
    from teraplan.plan import plan, read_case

    results = load(folder / "runs" / "small-sample-sobol")
    worth = results.frame("worth").with_columns(worth=3.0, chance=1.0)
    told = {**results.run["worth"], "perfect": 4.0}
    results = replace(results, run={**results.run, "worth": told}, frames={**results.frames, "worth": worth})
    page = write_report(folder / "worth.html", [plan(read_case(folder / "small"))], [results]).read_text()
    assert "What each fact is worth to know before deciding, billion USD" in page
    assert "Candidates: orders decided up to 2025, judged in the same draws, billion USD" in page
    assert "Worth most to know before deciding, each alone: cost: maker, capital (3.00 billion USD)" in page


def test_a_dead_cluster_is_a_fault_within_seconds(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    started = time.perf_counter()
    code, said = run(str(folder / "small"), "-n", "2", "--cluster", f"127.0.0.1:{port}", "--out", str(folder / "x"))
    assert code == 2 and "nobody answers there" in said and "start a scheduler there" in said
    assert time.perf_counter() - started < 30


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("-n", "1"), "greater than or equal to 2"),
        (("--method", "latn"), "did you mean 'latin'?"),
        (("--seed", "-1"), "-1 is below 0"),
        (("--cluster", "nowhere"), "is not an address"),
        (("--worth", "9"), "9 draws show nothing"),
        (("-n", "5", "--worth", "200"), "5 draws show nothing"),
        (("--worth", "12", "--decide-until", "2031"), "give a year from 2025 to 2025"),
        (("--worth", "12", "--method", "morris"), "use one of latin, sobol, monte-carlo"),
        (("--decide-until", "2025"), "says nothing without --worth"),
    ],
)
def test_what_cannot_be_asked_is_a_fault(folder: Path, words: tuple[str, ...], told: str) -> None:
    code, said = run(str(folder / "small"), *words, "--out", str(folder / "x"))
    assert code == 2 and told in said
