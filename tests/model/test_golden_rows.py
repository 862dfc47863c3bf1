"""Every equation has one row printed, with the arithmetic that gives it; whoever changes one must look at the other."""

from pathlib import Path

import pytest

from model.golden_case import golden_case
from teraplan.model.build import build_problem
from teraplan.model.equations import EQUATIONS
from teraplan.model.printing import row_text, rows_text
from teraplan.model.problem import Problem

GOLDEN = Path(__file__).parent / "golden"
NAMES = [equation.__name__ for equation in EQUATIONS]


@pytest.fixture(scope="module")
def problem(tmp_path_factory: pytest.TempPathFactory) -> Problem:
    return build_problem(golden_case(tmp_path_factory.mktemp("golden")))


@pytest.mark.parametrize("name", NAMES)
def test_an_equation_reads_as_on_paper(problem: Problem, name: str) -> None:
    *why, labels, text = (GOLDEN / f"{name}.txt").read_text().splitlines()
    assert all(line.startswith("# ") for line in why) and why, f"{name}.txt does not say why"
    assert row_text(problem, name, **dict(label.split("=") for label in labels.split())) == text


def test_every_equation_has_a_golden_file_and_every_file_an_equation() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(NAMES)
    assert len(NAMES) == len(set(NAMES))


def test_every_equation_says_its_equation_and_its_rows() -> None:
    for equation in EQUATIONS:
        told = equation.__doc__ or ""
        assert any(sign in told for sign in (" <= ", " >= ", " == ")), equation.__name__
        assert "Rows" in told or "same balance" in told, equation.__name__


def test_a_row_that_is_not_there_is_not_printed(problem: Problem) -> None:
    with pytest.raises(KeyError, match="0 rows of commodity_balance"):
        row_text(problem, "commodity_balance", commodity="tool", place="USA")
    with pytest.raises(KeyError, match="3 rows of commodity_balance"):
        row_text(problem, "commodity_balance", commodity="tool")


def test_all_rows_of_an_equation_are_printed_with_their_labels(problem: Problem) -> None:
    text = rows_text(problem, "closing_stock_at_least_opening")
    assert text == "[chip, USA]  +1 stock[chip, USA, 2027-2028] >= 8"
    assert len(rows_text(problem, "commodity_balance").splitlines()) == 18
