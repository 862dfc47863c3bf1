"""Every command and every line of Python that the documentation shows is run, and prints what the page says."""

from pathlib import Path

import pytest

from docs.pages import alike, blocks, differences, run_page

ROOT = Path(__file__).parents[2]
FOLDERS = ("how-to", "rooms", "uncertainty")
RUN = sorted(
    [*(ROOT / "docs").glob("tutorial*.md"), *(page for one in FOLDERS for page in (ROOT / "docs" / one).glob("*.md"))]
)


@pytest.mark.parametrize("path", RUN, ids=lambda path: path.stem)
def test_what_a_page_shows_is_what_happens(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    faults = list(run_page(path.read_text(encoding="utf-8"), tmp_path))
    assert not faults, "\n".join(faults)


def test_every_page_that_shows_how_runs_something() -> None:
    assert len(RUN) > 10
    for path in RUN:
        shown = blocks(path.read_text(encoding="utf-8"))
        runs = any(block.language in ("console", "python") for block in shown)
        assert runs or path.stem == "convert-an-osemosys-model", path  # its model is somebody else's


@pytest.mark.parametrize(
    ("expected", "printed", "holds"),
    [
        ("compute 128.2", "  compute   128.3", True),
        ("compute 128.2", "compute 130.2", False),
        ("sites 2,653", "sites 2,660", True),
        ("sites 2,653", "sites 2,690", False),
        ("saved in 0.2 s ...", "saved in 0.2 s by HiGHS", True),
        ("(100% of that)", "(99% of that)", True),
        ("fab 1", "mill 1", False),
    ],
)
def test_lines_are_alike_when_words_are_equal_and_numbers_close(expected: str, printed: str, holds: bool) -> None:
    assert alike(expected, printed) == holds


def test_a_page_that_promises_too_little_or_too_much_is_found() -> None:
    assert list(differences("a\n...\nc\n", "a\nb\nc\n", "x")) == []
    assert "prints more" in next(differences("a\n", "a\nb\n", "x"))
    assert "should print: d" in next(differences("a\n...\nd\n", "a\nb\nc\n", "x"))
