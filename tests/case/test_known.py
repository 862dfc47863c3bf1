"""A case may stand on another one and read only what was known by a date."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from case.folders import SETTINGS, changed, faults_of, says, write
from teraplan.case.guide import guide
from teraplan.case.known import begun_by, decimal_year, published_by
from teraplan.case.read import CASES, load_tables, read_tables

HEAD = "process,region,start,status,value,unit,source,grade,known_on\n"


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2023, 12, 31), 2024.0), (date(2024, 12, 31), 2025.0), (date(2023, 1, 1), 2023 + 1 / 365)],
)
def test_a_date_is_known_to_its_end(day: date, expected: float) -> None:
    assert decimal_year(day) == pytest.approx(expected)


def test_what_was_published_later_is_left_out_and_records_stay() -> None:
    rows = pl.DataFrame({"value": [1, 2, 3], "known_on": [2023.5, 2024.0, None]})
    tables = published_by({"capacity": rows, "calibration": rows, "regions": pl.DataFrame({"region": ["A"]})}, 2024.0)
    assert tables["capacity"]["value"].to_list() == [1, 3]
    assert tables["calibration"].height == 3
    assert tables["regions"].height == 1


def test_what_could_not_be_there_yet_unless_begun_counts_as_begun() -> None:
    """Two years of building: what starts in 2025 was begun in 2023, what starts in 2026 only at the end of the day."""
    capacity = pl.DataFrame(
        {
            "process": ["fab", "fab", "fab", "mill"],
            "region": ["A"] * 4,
            "start": [2025.0, 2026.0, 2026.0, 2023.0],
            "known_on": [None, None, 2023.9, None],
        }
    )
    lead = pl.DataFrame({"process": ["fab"], "region": ["A"], "value": [24.0]})
    kept = begun_by(capacity, lead, 2024.0)
    assert kept.select("process", "start").rows() == [("fab", 2025.0), ("fab", 2026.0), ("mill", 2023.0)]
    assert kept["known_on"].to_list() == [None, 2023.9, None]
    assert kept.columns == capacity.columns


def test_a_case_reads_what_was_known_by_its_date(tmp_path: Path) -> None:
    """A fab takes a year. Of four the one published in 2026 and the one that was not begun are left out."""
    rows = (
        "fab,USA,2024,operating,1,kchip/year,book,reported,\n"
        "fab,USA,2027,announced,2,kchip/year,book,reported,2024-06-30\n"
        "fab,USA,2025,announced,4,kchip/year,book,reported,2026-01-31\n"
        "fab,USA,2026,announced,8,kchip/year,book,reported,\n"
    )
    settings = changed("case.toml", "schema = 1", "schema = 1\nknown_by = 2024-12-31")
    folder = write(tmp_path, {"capacity.csv": HEAD + rows, **settings})
    assert load_tables(folder).frames["capacity"]["value"].to_list() == [1, 2]
    later = load_tables(folder, known_by=date(2026, 12, 31))
    assert later.frames["capacity"]["value"].to_list() == [1, 2, 4, 8]
    assert later.settings.known_by == date(2026, 12, 31)


def test_rows_of_a_case_replace_lent_ones_with_the_same_first_label(tmp_path: Path) -> None:
    lent, _ = read_tables(CASES / "starter")
    own = "process,region,value,unit,source,grade\nfab_logic,TWN,7,month,,assumption\n"
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "case.toml").write_text(SETTINGS.replace("schema = 1", 'schema = 1\nstands_on = "starter"'))
    (folder / "lead_times.csv").write_text(own)
    raw, faults = read_tables(folder)
    assert raw.frames["recipes"].equals(lent.frames["recipes"])
    mine, theirs = raw.frames["lead_times"], lent.frames["lead_times"]
    assert mine.row(0, named=True)["value"] == "7"
    assert mine.filter(process="fab_logic").height == 1
    assert mine.height == 1 + theirs.filter(pl.col("process") != "fab_logic").height
    assert mine["line"].is_unique().all()
    assert faults == []


@pytest.mark.parametrize(
    ("lender", "what", "fix"),
    [("startre", "is not a case that ships", "starter"), ("world-2023", "stands on another case itself", "world")],
)
def test_a_case_stands_on_a_shipped_one_that_stands_alone(tmp_path: Path, lender: str, what: str, fix: str) -> None:
    text = SETTINGS.replace("schema = 1", f'schema = 1\nstands_on = "{lender}"')
    assert says(faults_of(tmp_path, {"case.toml": text}), "case.toml, stands_on", what, fix)


def test_the_guide_of_a_case_that_stands_on_another_tells_its_own_rows() -> None:
    text = guide(CASES / "world-2023", "mine", "world-2023")
    assert "## Tables that `world` lends" in text and "### `regions.csv`" in text.partition("lends")[2]
    own = len((CASES / "world-2023" / "capacity.csv").read_text(encoding="utf-8").splitlines()) - 1
    assert f"{own} rows." in text.partition("### `capacity.csv`")[2][:200]
