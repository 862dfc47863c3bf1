"""`teraplan convert`: other programs read what it writes and find the same numbers; it writes whole files or none."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import highspy
import polars as pl
import pytest
import xarray as xr
from typer.testing import CliRunner, Result

from teraplan.cli import convert as conversion
from teraplan.cli.app import app
from teraplan.model.build import build_problem
from teraplan.model.names import column_names, row_names
from teraplan.plan import read_case
from teraplan.results import export
from teraplan.results.derive import capacity_of, output, served
from teraplan.results.export import dataset_of, frame_of
from teraplan.results.ledger import real_money
from teraplan.results.results import Results
from teraplan.results.store import load, save

HALF = "half_trillion"
READ_BY_PYAM = """
import json, sys, warnings
warnings.simplefilter("ignore")
import pyam
frame = pyam.IamDataFrame(sys.argv[1])
frame.data.to_csv(sys.argv[2], index=False)
"""


def ran(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the starter's trend and its programme, both edited on the command line and by a file."""
    folder = tmp_path_factory.mktemp("convert") / "runs"
    dearer = folder.parent / "dearer.toml"
    dearer.write_text('[[edit]]\ntable = "costs"\nwhere = { process = "dc_shell" }\nmultiply = 1.2\n')
    edits = ("--set", "costs[process=solar] *= 1.1", "--edit", dearer)
    result = ran("run", "starter", "--scenario", HALF, *edits, "--out", folder)
    assert result.exit_code == 0, result.output
    for path in list(folder.iterdir()):
        if path.is_dir():
            path.rename(folder / path.name.split("+")[0])
    return folder


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stored plan of the starter's default scenario."""
    folder = tmp_path_factory.mktemp("plain") / "runs"
    assert ran("run", "starter", "--out", folder).exit_code == 0
    return folder / "starter-trend"


def solved_by_highs(path: Path) -> float:
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    assert highs.readModel(str(path)) == highspy.HighsStatus.kOk
    highs.run()
    return float(highs.getInfo().objective_function_value)


def solved_by_glpk(path: Path) -> float:
    said = path.with_suffix(".txt")
    subprocess.run(["glpsol", "--freemps", path, "-o", said], check=True, capture_output=True)
    line = next(line for line in said.read_text().splitlines() if line.startswith("Objective:"))
    return float(line.split("=")[1].split("(")[0])


def wide(path: Path) -> pl.DataFrame:
    """A table of the IAMC as rows: region, variable, unit, year, value."""
    index = ["Model", "Scenario", "Region", "Variable", "Unit"]
    return pl.read_csv(path).unpivot(index=index, variable_name="Year").drop_nulls("value")


# --- the program ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["starter-trend", f"starter-{HALF}"])
def test_highs_finds_the_objective_of_a_run_in_its_mps_file(runs: Path, tmp_path: Path, name: str) -> None:
    stored = load(runs / name).run
    result = ran("convert", "mps", runs / name, tmp_path / "program.mps")
    assert result.exit_code == 0, result.output
    assert solved_by_highs(tmp_path / "program.mps") == pytest.approx(float(str(stored["objective"])), rel=1e-6)


@pytest.mark.skipif(shutil.which("glpsol") is None, reason="GLPK is not installed here")
def test_glpk_finds_it_too(plain: Path, tmp_path: Path) -> None:
    assert ran("convert", "mps", plain, tmp_path / "program.mps").exit_code == 0
    objective = float(str(load(plain).run["objective"]))
    assert solved_by_glpk(tmp_path / "program.mps") == pytest.approx(objective, rel=1e-6)


def test_a_case_gives_the_program_of_its_default_scenario(plain: Path, tmp_path: Path) -> None:
    assert ran("convert", "mps", "starter", tmp_path / "case.mps").exit_code == 0
    assert ran("convert", "mps", plain, tmp_path / "run.mps").exit_code == 0
    assert (tmp_path / "case.mps").read_bytes() == (tmp_path / "run.mps").read_bytes()


def test_rows_and_columns_are_named_by_what_they_are(tmp_path: Path) -> None:
    assert ran("convert", "mps", "starter", tmp_path / "case.mps").exit_code == 0
    text = (tmp_path / "case.mps").read_text()
    assert " activity_within_usable[cluster_gpu,TWN,2026]\n" in text
    assert "order[cluster_gpu,USA,2027]" in text
    problem = build_problem(read_case("starter", "trend"))
    for names in (column_names(problem), row_names(problem)):
        assert len(set(names)) == len(names) and not any(" " in name for name in names)
        assert set(names) <= {word for line in text.splitlines() for word in line.split()}


def test_names_that_would_stand_twice_are_numbered() -> None:
    problem = build_problem(read_case("starter", "trend"))
    twice = pl.concat([problem.rows, problem.rows.head(1)])
    names = row_names(type(problem)(problem.program, problem.columns, twice, problem.cost_terms))
    assert names[-1] == f"{names[0]}#2"


def test_a_run_whose_case_has_changed_is_refused(plain: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(plain, folder)
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**record, "case_hash": "0"}))
    result = ran("convert", "mps", folder, tmp_path / "x.mps")
    assert result.exit_code == 2 and "the case is not what the run was made from" in result.output
    assert not (tmp_path / "x.mps").exists()


# --- every table ------------------------------------------------------------------------------------------------------


def comparable(frame: pl.DataFrame) -> pl.DataFrame:
    """A table as netCDF can hold it: flags as numbers, empty words as none, whole numbers with gaps as numbers."""
    flags = frame.with_columns(pl.col(pl.Boolean).cast(pl.Float64), pl.col(pl.String).replace("", None))
    return flags.with_columns(pl.selectors.numeric().cast(pl.Float64)).sort(flags.columns)


def test_every_table_of_a_run_reads_back_equal(plain: Path, tmp_path: Path) -> None:
    result = ran("convert", "netcdf", plain, tmp_path / "run.nc")
    assert result.exit_code == 0, result.output
    stored = load(plain)
    with xr.open_datatree(tmp_path / "run.nc") as tree:
        assert set(tree.children) == set(stored.frames)
        assert json.loads(tree.attrs["run"])["objective"] == stored.run["objective"]
        for name, frame in stored.frames.items():
            if frame.height:
                back = frame_of(tree[name].to_dataset()).select(frame.columns)
                assert comparable(back).equals(comparable(frame)), name
            else:
                assert all(size == 0 for size in tree[name].sizes.values())


def test_quantities_are_arrays_over_their_labels_with_units(plain: Path, tmp_path: Path) -> None:
    assert ran("convert", "netcdf", plain, tmp_path / "run.nc").exit_code == 0
    stored = load(plain)
    with xr.open_datatree(tmp_path / "run.nc") as tree:
        order = tree["order"]
        assert order["value"].dims == ("process", "region", "period")
        cell = {"process": "cluster_gpu", "region": "USA", "period": "2027"}
        own = stored.frame("order").filter(**cell)["value"].item()
        assert float(order["value"].sel(cell)) == own
        assert str(order["unit"].sel(process="cluster_gpu").item()) == "kchip"
        assert tree["ledger"]["paid"].attrs["units"] == "GUSD"
        assert tree["capacity"]["in_service"].attrs["units"] == "as said by unit"
        assert str(tree["activity"]["unit"].sel(process="asm_gpu").item()).endswith("/year")


def test_awkward_words_and_gaps_survive(tmp_path: Path) -> None:
    odd = pl.DataFrame(
        {"what": ["é | ☃", None, ""], "count": [1, None, 3], "value": [1.5, None, -0.0], "yes": [True, False, True]}
    )
    none = pl.DataFrame(schema={"process": pl.String, "region": pl.String, "period": pl.String, "value": pl.Float64})
    results = Results(run={"money_unit": "GUSD"}, frames={"odd": odd, "order": none})
    export.write_netcdf(results, tmp_path / "odd.nc")
    with xr.open_datatree(tmp_path / "odd.nc") as tree:
        assert comparable(frame_of(tree["odd"].to_dataset())).equals(comparable(odd))
    assert frame_of(dataset_of(results, "order")).height == 0


@pytest.mark.parametrize("missing", ["xarray", "netCDF4"])
def test_without_the_libraries_it_says_what_to_install(
    plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setattr(export, "find_spec", lambda name: None if name == missing else object())
    result = ran("convert", "netcdf", plain, tmp_path / "run.nc")
    assert result.exit_code == 2
    assert f"netCDF needs {missing}: run pip install 'teraplan[export]'" in result.output
    assert list(tmp_path.iterdir()) == []


# --- the main figures -------------------------------------------------------------------------------------------------


def test_pyam_reads_the_main_figures(plain: Path, tmp_path: Path) -> None:
    assert ran("convert", "iamc", plain, tmp_path / "run.csv").exit_code == 0
    words = [sys.executable, "-c", READ_BY_PYAM, str(tmp_path / "run.csv"), str(tmp_path / "back.csv")]
    home = {"HOME": str(tmp_path), "IXMP4_DIR": str(tmp_path)}
    done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, **home})
    assert done.returncode == 0, done.stderr
    back = pl.read_csv(tmp_path / "back.csv")
    own = wide(tmp_path / "run.csv").with_columns(pl.col("Year").cast(pl.Int64))
    assert back["model"].unique().to_list() == ["Teraplan 0.1.0"]
    assert back["scenario"].unique().to_list() == ["starter-trend"]
    keys = ["region", "variable", "unit", "year"]
    ours = own.rename({name: name.lower() for name in own.columns}).select(*keys, "value").sort(keys)
    assert back.drop_nulls("value").select(*keys, "value").sort(keys).equals(ours)
    assert own.height > 500


def test_figures_are_those_of_the_plan_by_calendar_year(plain: Path, tmp_path: Path) -> None:
    assert ran("convert", "iamc", plain, tmp_path / "run.csv").exit_code == 0
    results, told = load(plain), wide(tmp_path / "run.csv")

    def said(variable: str, year: str, region: str = "World") -> float:
        return float(told.filter(Variable=variable, Year=year, Region=region)["value"].sum())

    def of(frame: pl.DataFrame, period: str) -> float:
        return float(frame.filter(period=period)["value"].item())

    for year, period in (("2027", "2027"), ("2029", "2029-2030"), ("2030", "2029-2030")):
        assert said("Demand Served|compute", year) == pytest.approx(of(served(results, "compute"), period))
        assert said("Production|acc_gpu", year) == pytest.approx(of(output(results, "acc_gpu"), period))
        stock = of(capacity_of(results, "cluster_gpu"), period)
        assert said("Capacity|clusters|cluster_gpu", year) == pytest.approx(stock)
    ordered = results.frame("order").filter(process="cluster_gpu", period="2029-2030")["value"].sum()
    assert said("Orders|clusters|cluster_gpu", "2030") == pytest.approx(ordered / 2)
    price = results.frame("prices").filter(commodity="compute", place="USA", period="2028")["price"].item()
    assert said("Price|compute", "2028", "USA") == pytest.approx(price)
    paid = real_money(results.frame("ledger")).filter(year=2028)["paid"].sum()
    money = told.filter(pl.col("Variable").str.starts_with("Expenditure|"), Year="2028", Region="World")
    assert money["value"].sum() == pytest.approx(paid)
    assert money["Unit"].unique().to_list() == ["GUSD_2025/year"]
    assert told["Year"].unique().sort().to_list() == ["2026", "2027", "2028", "2029", "2030"]


def test_half_years_are_told_as_the_mean_of_their_year(plain: Path) -> None:
    stored = load(plain)
    halves = pl.DataFrame(
        {
            "period": ["2026", "2027"],
            "start": [2026.0, 2026.5],
            "end": [2026.5, 2027.0],
            "years": [0.5, 0.5],
            "shown": [True, True],
        }
    )
    frames = {**stored.frames, "periods": halves}
    told = export.iamc_of(Results(stored.run, frames)).filter(Variable="Demand Served|compute", Region="World")
    both = served(stored, "compute").filter(pl.col("period").is_in(["2026", "2027"]))["value"]
    assert told["2026"].item() == pytest.approx(both.mean())


# --- whole files or none ----------------------------------------------------------------------------------------------


def test_what_stands_there_is_replaced_only_when_asked(plain: Path, tmp_path: Path) -> None:
    there = tmp_path / "run.csv"
    there.write_text("mine")
    result = ran("convert", "iamc", plain, there)
    assert result.exit_code == 2 and "is there already" in result.output
    assert there.read_text() == "mine"
    assert ran("convert", "iamc", plain, there, "--force").exit_code == 0
    assert there.read_text().startswith("Model,Scenario,Region,Variable,Unit,2026")


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_a_folder_that_is_no_case_is_never_replaced(plain: Path, tmp_path: Path, force: tuple[str, ...]) -> None:
    (tmp_path / "photos").mkdir()
    assert ran("convert", "iamc", plain, tmp_path / "photos", *force).exit_code == 2
    assert (tmp_path / "photos").is_dir()


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, OSError, RuntimeError])
def test_what_breaks_off_leaves_nothing(
    plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: type[BaseException]
) -> None:
    def broken(source: Path, destination: Path) -> tuple[str, ...]:
        destination.write_text("half")
        raise trouble

    monkeypatch.setattr(conversion, "KINDS", {"iamc": broken})
    (tmp_path / "run.csv").write_text("mine")
    with pytest.raises((trouble, conversion.CaseError)):
        conversion.convert("iamc", plain, tmp_path / "run.csv", force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["run.csv"]
    assert (tmp_path / "run.csv").read_text() == "mine"


def test_a_case_that_is_converted_may_replace_a_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def made(source: Path, destination: Path) -> tuple[str, ...]:
        destination.mkdir()
        (destination / "case.toml").write_text("new")
        return ("a case",)

    monkeypatch.setattr(conversion, "KINDS", {"made": made})
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "case.toml").write_text("old")
    (tmp_path / "case" / "other").write_text("old")
    assert conversion.convert("made", tmp_path, tmp_path / "case", force=True) == ("a case",)
    assert [path.name for path in (tmp_path / "case").iterdir()] == ["case.toml"]
    assert [path.name for path in tmp_path.iterdir()] == ["case"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("iams", "starter", "x"), "did you mean 'iamc'?"),
        (("mps", "no_such", "x"), "neither a shipped case nor a folder"),
        (("netcdf", "no_such", "x"), "there is no run"),
        (("iamc", "starter", "x"), "there is no run"),
    ],
)
def test_a_mistake_is_said_in_a_line(
    tmp_path: Path, words: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = ran("convert", *words)
    assert result.exit_code == 2 and said in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_frontier_is_many_plans(plain: Path, tmp_path: Path) -> None:
    stored = load(plain)
    save(Results({**stored.run, "kind": "frontier"}, {"points": pl.DataFrame({"budget": [1.0]})}), tmp_path / "many")
    for kind in ("mps", "iamc"):
        result = ran("convert", kind, tmp_path / "many", tmp_path / "x")
        assert result.exit_code == 2 and "is a frontier" in result.output
