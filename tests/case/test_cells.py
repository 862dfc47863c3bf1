"""CSV text is read line by line where that is the same as reading it in one piece, and in one piece where it is not."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from case.folders import write
from teraplan.case import cells
from teraplan.case.cells import rows_of
from teraplan.case.read import read_tables
from teraplan.errors import Fault

PIECES = st.sampled_from(['"', '""', ",", "\n", "\r\n", "\r", " ", "a", "bc", "é", "\u2028", "\x0b", "0.5", "=1"])


def both(text: str) -> tuple[tuple[list[object], list[Fault]], tuple[list[object], list[Fault]]]:
    """Rows and faults as they are read, and as the csv module reads the text in one piece."""
    ours: list[Fault] = []
    theirs: list[Fault] = []
    return (rows_of("t", text, ours).rows(), ours), (cells._in_one_piece("t", text, theirs).rows(), theirs)


@given(st.lists(PIECES, max_size=40).map("".join))
@example("")
@example('a,b\n"c\nd",e\n')
@example('ab"c,"de\nf,g"\n')
@example('a,"b\n')
@example("a\rb\n")
@settings(max_examples=400, deadline=None)
def test_any_text_is_read_as_the_csv_module_reads_it(text: str) -> None:
    ours, theirs = both(text)
    assert ours == theirs


def test_a_cell_longer_than_the_csv_module_takes_is_a_fault_either_way() -> None:
    ours, theirs = both("a,b\n" + "x" * 200_000 + ",y\n")
    assert ours == theirs and "field larger" in ours[1][0].what


@pytest.mark.parametrize("text", ["a,b\n1,2\n", 'a,b\n1,"2,3"\n\n"4 ""x""",5\r\n', "", "\n\n"])
def test_plain_files_are_read_line_by_line(text: str) -> None:
    assert cells._line_by_line(text) is not None


def test_a_hundred_thousand_columns_end_in_faults(tmp_path: Path) -> None:
    header = ",".join(["region", *(f"c{n}" for n in range(20_000))])
    _, faults = read_tables(write(tmp_path, {"regions.csv": f"{header}\nUSA{',' * 20_000}\n"}))
    assert faults and all("regions.csv" in fault.where for fault in faults)


def test_rows_keep_their_lines(tmp_path: Path) -> None:
    raw, faults = read_tables(write(tmp_path, {"regions.csv": 'region,name\n\nUSA,"United\nStates"\n\n TWN , \n'}))
    assert not faults
    assert raw.frames["regions"].select("region", "name", "line").rows() == [
        ("USA", "United\nStates", 3),
        ("TWN", None, 6),
    ]
    assert raw.frames["regions"].schema["line"] == pl.Int32
