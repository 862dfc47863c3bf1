"""datapackage.json: other readers of the format use the tables of a case, and find what is wrong with them."""

import json
from pathlib import Path

import pytest
from frictionless import Package

from case.folders import FILES, added, changed, write
from case.rich import RICH
from teraplan.case.package import PACKAGE, is_up_to_date, package_of, package_text, write_package
from teraplan.case.read import CASES, read_tables
from teraplan.errors import CaseError

SHIPPED = sorted(path.parent for path in CASES.glob("*/case.toml"))


def resource(folder: Path, name: str) -> dict[str, object]:
    """The schema of a table in the package of a folder."""
    package = json.loads(package_text(folder))
    return next(one["schema"] for one in package["resources"] if one["name"] == name)


def complaints(folder: Path) -> list[tuple[str, str]]:
    """What another reader finds wrong: table and kind of error."""
    report = Package(str(write_package(folder))).validate()
    assert not report.errors
    return [(task.name, error.type) for task in report.tasks for error in task.errors]


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_every_shipped_package_says_what_its_tables_say(folder: Path) -> None:
    assert (folder / PACKAGE).read_text(encoding="utf-8") == package_text(folder)


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_another_reader_finds_every_shipped_case_valid(folder: Path) -> None:
    report = Package(str(folder / PACKAGE)).validate()
    assert report.valid, report.to_summary()
    assert {task.name for task in report.tasks} == {path.stem for path in folder.glob("*.csv")}


def test_another_reader_gets_the_rows_with_their_types() -> None:
    rows = Package(str(CASES / "starter" / PACKAGE)).get_resource("slices").read_rows()
    own = read_tables(CASES / "starter")[0].frames["slices"]
    assert [float(row["weight"]) for row in rows] == own["weight"].cast(float).to_list()


def test_a_case_with_every_table_is_valid_to_others(tmp_path: Path) -> None:
    assert complaints(write(tmp_path, RICH)) == []
    assert len(package_of(tmp_path)["resources"]) == sum(name.endswith(".csv") for name in RICH)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (added("sites.csv", "fab,MARS,,,book,reported,"), ("sites", "foreign-key")),
        (added("sites.csv", "fab,USA,,,book,reported,"), ("sites", "primary-key")),
        (changed("commodities.csv", "good,region", "goods,region"), ("commodities", "constraint-error")),
        (changed("regions.csv", "39,-95", "390,-95"), ("regions", "constraint-error")),
        (changed("costs.csv", "0.2,GUSD", "much,GUSD"), ("costs", "type-error")),
        (changed("lead_times.csv", "12,month,,,book", "12,month,,,bible"), ("lead_times", "foreign-key")),
        (changed("processes.csv", "fab,wafers", "fab,"), ("processes", "constraint-error")),
    ],
)
def test_another_reader_finds_what_is_wrong(tmp_path: Path, change: dict[str, str], found: tuple[str, str]) -> None:
    assert complaints(write(tmp_path, change)) == [found]


def test_what_other_readers_cannot_know_is_left_out_of_the_constraints(tmp_path: Path) -> None:
    write(tmp_path, {"costs.csv": FILES["costs.csv"].replace("cluster,,,variable", "clu*,,US*,variable")})
    fields = {field["name"]: field for field in resource(tmp_path, "costs")["fields"]}  # type: ignore[attr-defined]
    assert fields["process"]["constraints"] == {"required": True}
    assert "pattern with *" in fields["process"]["description"]
    assert "foreignKeys" in resource(tmp_path, "costs") and "primaryKey" not in resource(tmp_path, "costs")
    dates = {field["name"]: field for field in resource(tmp_path, "capacity")["fields"]}  # type: ignore[attr-defined]
    assert dates["start"]["type"] == "string" and "decimal year" in dates["start"]["description"]
    assert complaints(tmp_path) == []


def test_columns_stand_as_in_the_header_of_the_file(tmp_path: Path) -> None:
    write(tmp_path, {"regions.csv": "name,region\nUnited States,USA\n"})
    assert [field["name"] for field in resource(tmp_path, "regions")["fields"]] == ["name", "region"]  # type: ignore[attr-defined]
    assert complaints(tmp_path) == []


def test_licences_are_kept_and_everything_else_is_made_anew(tmp_path: Path) -> None:
    write(tmp_path)
    licence = {"name": "CC0-1.0"}
    (tmp_path / PACKAGE).write_text(json.dumps({"licenses": [licence], "resources": [], "title": "old"}))
    assert not is_up_to_date(tmp_path)
    package = json.loads(write_package(tmp_path).read_text(encoding="utf-8"))
    assert package["licenses"] == [licence] and package["title"] == "small"
    assert is_up_to_date(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"licenses": 7}', "[" * 100_000, "\udcff"])
def test_a_broken_package_stands_in_nobody_s_way(tmp_path: Path, text: str) -> None:
    write(tmp_path)
    (tmp_path / PACKAGE).write_bytes(text.encode("utf-8", "surrogateescape"))
    assert not read_tables(tmp_path)[1] and not is_up_to_date(tmp_path)
    assert "licenses" not in json.loads(write_package(tmp_path).read_text(encoding="utf-8"))


def test_a_case_that_cannot_be_read_gets_no_package(tmp_path: Path) -> None:
    write(tmp_path, {"costs.csv": "process,process\n"})
    with pytest.raises(CaseError, match=r"costs\.csv"):
        write_package(tmp_path)
    assert not (tmp_path / PACKAGE).exists()
