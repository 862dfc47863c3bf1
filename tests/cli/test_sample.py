"""teraplan sample: what it says, what it keeps, and what it is told that cannot be."""

import json
import socket
import time
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
        (("-n", "0"), "0 draws are none"),
        (("--method", "latn"), "did you mean 'latin'?"),
        (("--seed", "-1"), "-1 is below 0"),
        (("--cluster", "nowhere"), "is not an address"),
    ],
)
def test_what_cannot_be_asked_is_a_fault(folder: Path, words: tuple[str, ...], told: str) -> None:
    code, said = run(str(folder / "small"), *words, "--out", str(folder / "x"))
    assert code == 2 and told in said
