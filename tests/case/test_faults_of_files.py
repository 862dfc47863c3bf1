"""A file that is hostile or broken is a fault with its place, never a traceback: encodings, links, forms of CSV."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from case.folders import FILES, added, changed, faults_of, says, write
from teraplan.case import cells, files
from teraplan.case.read import find_case, load_tables, parse_scenario, read_tables
from teraplan.errors import CaseError

ROUTES = "commodity,origin,destination,source,grade\n"
TREND = 'title = "what is announced"\n'

Change = Mapping[str, str | bytes | None]
FORMS: Mapping[str, tuple[Change, str, str, str]] = {
    "a table that every case needs": (
        {"demand.csv": None},
        "demand.csv",
        "is missing: every case needs it",
        "final demand",
    ),
    "settings that are missing": ({"case.toml": None}, "case.toml", "is missing", "add it"),
    "another encoding": (
        {"regions.csv": "region,name\nUSA,Côte\n".encode("latin-1")},
        "regions.csv line 2",
        "is not UTF-8 text \\(byte 0xf4\\)",
        "UTF-8",
    ),
    "two bytes a letter": (
        {"regions.csv": "region,name\nUSA,US\n".encode("utf-16")},
        "regions.csv line 1",
        "NUL byte",
        "UTF-8",
    ),
    "a NUL byte": (
        {"regions.csv": b"region,name\nUSA,U\0S\n"},
        "regions.csv line 2",
        "NUL byte",
        "UTF-8",
    ),
    "a NUL byte in the settings": (
        {"case.toml": FILES["case.toml"].replace("small", "sm\0all")},
        "case.toml line 1",
        "NUL byte",
        "UTF-8",
    ),
    "a formula": (
        changed("regions.csv", "United States", "=1+1"),
        "regions.csv line 2, column name",
        "holds a formula: '=1\\+1'",
        "the value itself",
    ),
    "a formula in a note": (
        changed("capacity.csv", "book,reported,", 'book,reported,"=HYPERLINK(""x"")"'),
        "capacity.csv line 2, column note",
        "holds a formula",
        "the value itself",
    ),
    "a formula that begins with a sign": (
        changed("capacity.csv", "book,reported,", "book,reported,+cmd|x!A1"),
        "capacity.csv line 2, column note",
        "holds a formula",
        "the value itself",
    ),
    "a column twice": (
        {"regions.csv": "region,name,name\nUSA,a,b\n"},
        "regions.csv line 1, column name",
        "stands twice in the header",
        "keep one",
    ),
    "a column that does not exist": (
        {"regions.csv": "region,nmae\nUSA,a\n"},
        "regions.csv line 1, column nmae",
        "is not a column of this table",
        "did you mean 'name'",
    ),
    "a column without a name": (
        {"regions.csv": "region,name,\nUSA,a,b\n"},
        "regions.csv line 1, column 3",
        "is not a column of this table",
        "use one of",
    ),
    "a column that is missing": (
        {"regions.csv": "name\nUSA\n"},
        "regions.csv line 1",
        "has no column 'region'",
        "add it: identifier",
    ),
    "a row with too few cells": (
        added("capacity.csv", "cluster,USA,2024"),
        "capacity.csv line 3",
        "3 cells, and the header has 10",
        "one cell a column",
    ),
    "a row with too many cells": (
        added("regions.csv", "TWN,Taiwan,1,2,3"),
        "regions.csv line 3",
        "5 cells, and the header has 4",
        "one cell a column",
    ),
    "a quote that never ends": (
        added("regions.csv", 'TWN,"Taiwan,1,2', "KOR,Korea,1,2"),
        "regions.csv line 3",
        "cannot be read from here on",
        "quotes",
    ),
    "text after a quote": (
        added("regions.csv", 'TWN,"Taiwan"s,1,2'),
        "regions.csv line 3",
        "cannot be read from here on",
        "quotes",
    ),
    "a cell without end": (
        added("regions.csv", f"TWN,{'x' * 200_000},1,2"),
        "regions.csv line 3",
        "cannot be read from here on: field larger than field limit",
        "quotes",
    ),
    "an empty file": ({"regions.csv": ""}, "regions.csv", "has no header", "begin it with region,name"),
    "settings that are empty": ({"case.toml": ""}, "case.toml, name", "is missing", "add it"),
}


@pytest.mark.parametrize(("changes", "where", "what", "fix"), FORMS.values(), ids=FORMS)
def test_it_is_a_fault_with_its_place(tmp_path: Path, changes: Change, where: str, what: str, fix: str) -> None:
    if changes.keys() == {"case.toml"} and changes["case.toml"] is None:
        faults = read_tables(write(tmp_path, changes))[1]
    else:
        faults = faults_of(tmp_path, changes)
    assert says(tuple(faults), where, what, fix)


def test_a_file_over_the_stated_size_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST_FILE", 2_000)
    faults = faults_of(tmp_path, {"regions.csv": "region\n" + "USA\n" * 1_000})
    assert says(faults, "regions.csv", "is larger than 0.002 MB", "drop what it does not need")


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.csv").write_text(FILES["regions.csv"])
    folder = write(tmp_path / "case", {"regions.csv": None})
    (folder / "regions.csv").symlink_to(tmp_path / "elsewhere.csv")
    with pytest.raises(CaseError) as caught:
        load_tables(folder)
    assert says(caught.value.faults, "regions.csv", "leads out of the case's folder", "inside its folder")


def test_a_link_inside_the_folder_is_followed(tmp_path: Path) -> None:
    folder = write(tmp_path, {"regions.csv": None, "places.txt": FILES["regions.csv"]})
    (folder / "regions.csv").symlink_to(folder / "places.txt")
    assert load_tables(folder).frames["regions"]["region"].to_list() == ["USA"]


def test_a_link_to_nothing_is_a_fault(tmp_path: Path) -> None:
    folder = write(tmp_path, {"regions.csv": None})
    (folder / "regions.csv").symlink_to(folder / "nothing.csv")
    with pytest.raises(CaseError) as caught:
        load_tables(folder)
    assert says(caught.value.faults, "regions.csv", "cannot be read", "readable file")


def test_a_link_to_itself_is_a_fault(tmp_path: Path) -> None:
    folder = write(tmp_path, {"regions.csv": None})
    (folder / "regions.csv").symlink_to(folder / "regions.csv")
    with pytest.raises(CaseError) as caught:
        load_tables(folder)
    assert says(caught.value.faults, "regions.csv", "cannot be read", "readable file")


@pytest.mark.parametrize("name", ["case.toml", "regions.csv"])
def test_a_folder_where_a_file_should_be_is_a_fault(tmp_path: Path, name: str) -> None:
    folder = write(tmp_path, {name: None})
    (folder / name).mkdir()
    with pytest.raises(CaseError) as caught:
        load_tables(folder)
    assert says(caught.value.faults, name, "is not a file", "text file")


def test_a_pipe_where_a_file_should_be_is_a_fault_and_does_not_wait(tmp_path: Path) -> None:
    folder = write(tmp_path, {"regions.csv": None})
    os.mkfifo(folder / "regions.csv")
    with pytest.raises(CaseError) as caught:
        load_tables(folder)
    assert says(caught.value.faults, "regions.csv", "is not a file", "text file")


@pytest.mark.parametrize("name", ["../small", "../../etc/passwd", "..", "a/b", "", "tr\0end", "x" * 5_000])
def test_a_scenario_is_named_not_found_by_a_path(tmp_path: Path, name: str) -> None:
    (tmp_path / "small.toml").write_text("title = 'outside'")
    folder = tmp_path / "case"
    faults = faults_of(folder, {"scenarios/trend.toml": TREND}, scenario=name)
    assert says(faults, f"scenario {name!r}", "is not among the case's scenarios", "trend")


def test_scenarios_outside_the_folder_are_not_read(tmp_path: Path) -> None:
    write(tmp_path / "other", {"scenarios/trend.toml": TREND})
    folder = write(tmp_path / "case")
    (folder / "scenarios").symlink_to(tmp_path / "other" / "scenarios")
    with pytest.raises(CaseError) as caught:
        load_tables(folder, "trend")
    assert says(caught.value.faults, "scenarios/trend.toml", "leads out of the case's folder", "inside its folder")


@pytest.mark.parametrize("name", ["wrld", "no/such/folder", "a\0b", "x" * 5_000])
def test_a_case_that_does_not_exist_is_told_with_those_there_are(name: str) -> None:
    with pytest.raises(CaseError) as caught:
        find_case(name)
    assert says(caught.value.faults, name, "neither a shipped case nor a folder", "world")


def test_a_folder_without_settings_is_told(tmp_path: Path) -> None:
    with pytest.raises(CaseError) as caught:
        find_case(tmp_path)
    assert says(caught.value.faults, str(tmp_path), "has no case.toml", "add case.toml")


def test_an_edit_file_that_does_not_exist_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(CaseError) as caught:
        parse_scenario(tmp_path / "none.toml")
    assert says(caught.value.faults, "none.toml", "is missing", "add it")


def test_spreadsheet_habits_do_no_harm(tmp_path: Path) -> None:
    """A byte order mark, lines that end as on Windows, blank rows, spaces around cells, quoted line breaks are read."""
    text = '\ufeffregion , name,latitude,longitude\r\n\r\n USA ,"United\nStates",39,-95\r\n,,,\r\n'
    frame = read_tables(write(tmp_path, {"regions.csv": text}))[0].frames["regions"]
    assert frame.select("region", "name", "line").rows() == [("USA", "United\nStates", 3)]


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    """Rows start on lines 2, 4 (after a quoted break) and 6 (after a blank line)."""
    text = 'region,name,latitude,longitude\nUSA,"a\nb",,\nTWN,c,,\n\nKOR,d,,\n'
    frame = read_tables(write(tmp_path, {"regions.csv": text}))[0].frames["regions"]
    assert frame["line"].to_list() == [2, 4, 6]


def test_a_table_that_cannot_be_read_does_not_make_its_labels_unknown(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, {"regions.csv": b"region\nUS\0A\n", **changed("recipes.csv", "in,chip", "in,chap")})
    assert [fault.where for fault in faults] == ["regions.csv line 2", "recipes.csv line 3, column commodity"]


def test_a_column_may_stand_anywhere_and_be_left_out(tmp_path: Path) -> None:
    folder = write(tmp_path, {"regions.csv": "name,region\nUnited States,USA\n"})
    assert load_tables(folder).frames["regions"].select("region", "latitude").rows() == [("USA", None)]


def test_an_optional_table_may_be_empty(tmp_path: Path) -> None:
    assert faults_of(tmp_path, {"routes.csv": ROUTES}) == ()


def test_the_fingerprint_changes_with_every_file_and_with_nothing_else(tmp_path: Path) -> None:
    same = read_tables(write(tmp_path / "a"))[0].fingerprint
    assert read_tables(write(tmp_path / "b"))[0].fingerprint == same
    others = {read_tables(write(tmp_path / name, {name: f"{text}\n"}))[0].fingerprint for name, text in FILES.items()}
    without = read_tables(write(tmp_path / "c", {"capacity.csv": None}))[0].fingerprint
    assert len({same, without, *others}) == len(FILES) + 2


def test_columns_without_end_are_told_at_once(tmp_path: Path) -> None:
    faults = faults_of(tmp_path, {"regions.csv": ",".join(f"c{n}" for n in range(100_000)) + "\n"})
    assert says(faults, "regions.csv line 1", "has no column 'region'", "identifier")
    assert len(faults) < 150
    assert any(fault.what == "more of the same, not listed" for fault in faults)


def test_rows_without_end_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "MOST_ROWS", 100)
    faults = faults_of(tmp_path, {"regions.csv": "region\n" + "".join(f"R{n}\n" for n in range(200))})
    assert says(faults, "regions.csv line 102", "has more than 100 rows", "split the case")


def test_ragged_rows_are_told_together(tmp_path: Path) -> None:
    rows = [f"R{n},a,b,c,d" for n in range(20)]
    [fault] = faults_of(tmp_path, added("regions.csv", *rows))
    assert fault.where == "regions.csv lines 3, 4, 5, 6, 7, 8 and 14 more"


def test_cells_that_are_wrong_in_the_same_way_are_told_together(tmp_path: Path) -> None:
    rows = [f"R{n},,x,0" for n in range(20)]
    [fault] = faults_of(tmp_path, added("regions.csv", *rows))
    assert fault.where == "regions.csv lines 3, 4, 5, 6, 7, 8 and 14 more, column latitude"


def test_many_different_faults_of_one_kind_are_told_up_to_a_hundred(tmp_path: Path) -> None:
    rows = [f"R{n},,x{n},0" for n in range(5_000)]
    faults = faults_of(tmp_path, added("regions.csv", *rows))
    assert len(faults) == 101
    assert faults[-1].where == "regions.csv line 103, column latitude and further"


def test_settings_over_the_stated_size_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST_SETTINGS", 1_000)
    faults = faults_of(tmp_path, {"case.toml": FILES["case.toml"] + "#" * 1_000})
    assert says(faults, "case.toml", "is larger than 0.001 MB", "drop what it does not need")


def test_settings_without_end_are_told_up_to_a_hundred(tmp_path: Path) -> None:
    text = "".join(f"extra_{n} = 1\n" for n in range(5_000)) + FILES["case.toml"]
    assert len(faults_of(tmp_path, {"case.toml": text})) == 101
