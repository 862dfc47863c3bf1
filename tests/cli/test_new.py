"""`teraplan new`: a folder that explains itself, whose commands and first edit do what its README says."""

import re
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from teraplan.case.guide import VALUE_IN
from teraplan.case.package import PACKAGE, package_text
from teraplan.case.tables import TABLES
from teraplan.cli.app import app
from teraplan.results.store import load


def ran(*words: str) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("new") / "mine"
    result = ran("new", folder)
    assert result.exit_code == 0, result.output
    return folder


def section(text: str, table: str) -> str:
    return text.split(f"### `{table}.csv`\n")[1].split("\n##")[0]


def test_every_table_that_is_written_is_explained_with_every_column(made: Path) -> None:
    text = (made / "README.md").read_text(encoding="utf-8")
    written, rest = text.split("## Tables that it has not")
    for path in made.glob("*.csv"):
        told = section(written, path.stem)
        frame = pl.read_csv(path, infer_schema=False)
        assert f"{frame.height} row" in told
        own = {column.name for column in TABLES[path.stem].columns}
        for column in frame.columns:
            assert re.search(rf"^\| \**{column}\** \|" if column in own else f"`{column}`", told, re.MULTILINE), column
    assert all(f"### `{name}.csv`" in rest for name in TABLES if not (made / f"{name}.csv").exists())


def test_a_section_says_kind_default_choices_and_what_is_required(made: Path) -> None:
    told = section((made / "README.md").read_text(encoding="utf-8"), "commodities")
    assert "Everything that is made, used or counted. 8 rows. Every case needs it." in told
    assert "| **commodity** | label | yes |  | identifier |" in told
    assert "| scope | one of region, world |  | `region` | balanced in each region or in one world pool |" in told


def test_every_table_of_numbers_says_in_what_they_are() -> None:
    assert VALUE_IN.keys() == {table.name for table in TABLES.values() if table.long}


def test_what_the_source_tells_of_itself_is_kept_under_its_name(made: Path) -> None:
    assert (made / "starter.md").read_text(encoding="utf-8").startswith("# The starter case")
    assert "(starter.md)" in (made / "README.md").read_text(encoding="utf-8")


def test_a_new_case_has_its_own_name_unless_that_can_be_none(made: Path, tmp_path: Path) -> None:
    assert 'name = "mine"' in (made / "case.toml").read_text(encoding="utf-8")
    assert ran("new", tmp_path / "not a name").exit_code == 0
    assert 'name = "starter"' in (tmp_path / "not a name" / "case.toml").read_text(encoding="utf-8")


def test_the_first_edit_does_what_the_readme_says(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert ran("new", "own", "--from", made).exit_code == 0
    text = Path("own/README.md").read_text(encoding="utf-8")
    found = re.search(r"Line (\d+) of `costs.csv` .*: (\S+) \S+\.\n.* put (\S+) in place of", text)
    assert found is not None
    line, old, new = int(found[1]), found[2], found[3]
    first, second, third = re.findall(r"^teraplan (run .* --name \w+|compare .*)$", text, re.MULTILINE)
    assert ran(*first.split()).exit_code == 0
    costs = Path("own/costs.csv").read_text(encoding="utf-8").splitlines()
    assert costs[line - 1].count(f",{old},") == 1
    costs[line - 1] = costs[line - 1].replace(f",{old},", f",{new},")
    Path("own/costs.csv").write_text("\n".join(costs) + "\n", encoding="utf-8")
    assert ran(*second.split()).exit_code == 0
    assert ran(*third.split()).exit_code == 0
    before, after = (float(str(load(f"runs/{name}").run["objective"])) for name in ("before", "after"))
    assert after > before * (1 + 1e-6)


def test_the_package_of_a_new_case_is_its_own(made: Path) -> None:
    assert (made / PACKAGE).read_text(encoding="utf-8") == package_text(made)
    assert "CC-BY-4.0" in package_text(made)


def test_check_says_that_a_package_is_old_and_renews_it(tmp_path: Path) -> None:
    assert ran("new", tmp_path / "own").exit_code == 0
    table = tmp_path / "own" / "regions.csv"
    table.write_text(
        table.read_text(encoding="utf-8")
        .replace("region,name", "region,note,name", 1)
        .replace("USA,", "USA,,")
        .replace("TWN,", "TWN,,")
        .replace("WLD,", "WLD,,"),
        encoding="utf-8",
    )
    old = ran("check", tmp_path / "own")
    assert old.exit_code == 0 and "--package" in old.stderr
    assert "--package" not in ran("check", tmp_path / "own", "--package").stderr
    assert (tmp_path / "own" / PACKAGE).read_text(encoding="utf-8") == package_text(tmp_path / "own")


def test_what_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "case.toml").write_text("name = 1", encoding="utf-8")
    result = ran("new", tmp_path / "own", "--from", tmp_path / "source")
    assert result.exit_code == 2 and "case.toml" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_a_folder_that_is_there_is_left_alone(made: Path) -> None:
    before = {path.name: path.read_bytes() for path in made.glob("*.*")}
    result = ran("new", made)
    assert result.exit_code == 2 and "is there already" in result.output
    assert before == {path.name: path.read_bytes() for path in made.glob("*.*")}
