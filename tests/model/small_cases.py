"""Tiny cases for the tests of the model: a folder of tables written from Python rows and read like any other case.

Everything is counted in plain units: commodities, activity and capacity in `1`, money in GUSD. So a capacity of 1
makes 1 a year at rate 1, a capex is in GUSD per 1 of capacity, and the arithmetic of a test needs no conversion.
Unless a test says otherwise nothing is discounted, the horizon cuts money off, orders are placed at the start of
their period, and running costs nothing.
"""

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from teraplan.case.assemble import assemble
from teraplan.case.case import Case
from teraplan.case.tables import TABLES
from teraplan.model.build import build_problem
from teraplan.model.problem import Problem
from teraplan.model.variables import VARIABLES
from teraplan.plan import read_case
from teraplan.solver import Solution, solve

Row = Mapping[str, object]
Tables = Mapping[str, list[Row]]
SETTINGS: Mapping[str, object] = {
    "name": "small",
    "schema": 1,
    "as_of": "2025-01-01",
    "base_year": 2025,
    "decide_from": 2025.0,
    "discount_rate": 0.0,
    "horizon_end": "none",
    "order_timing": "start",
    "activity_cost_floor": 0.0,
}
UNITS = {
    "recipes": lambda row: "1",
    "costs": lambda row: "GUSD/year" if row["item"] in ("fixed", "carrying") else "GUSD",
    "lead_times": lambda row: "month",
    "availability": lambda row: "1",
    "store_limits": lambda row: "1/year" if str(row["item"]).endswith("_max") else "1",
    "capacity": lambda row: "1",
    "profiles": lambda row: "1",
    "load_shapes": lambda row: "1",
    "limits": lambda row: "1" if row["kind"] in CAPACITY_KINDS else "1/year",
    "shares": lambda row: "1",
    "shocks": lambda row: "1",
    "rules": lambda row: "1/year",
    "demand": lambda row: {"quantity": "1/year", "step_price": "GUSD"}.get(str(row["item"]), "1"),
    "reserve": lambda row: "1",
    "taxes": lambda row: "1",
    "uncertainties": lambda row: "1",
}
CAPACITY_KINDS = (
    "order_cumulative_max",
    "capacity_max",
    "capacity_min",
    "order_fall",
    "activity_fall",
    "activity_cumulative_max",
    "activity_cumulative_min",
    "emission_cumulative_max",
)


def goods(*names: str, **columns: object) -> Tables:
    """Commodities: yearly goods of regional scope unless `columns` say otherwise."""
    return {"commodities": [{"commodity": name, "unit": "1", "kind": "good", **columns} for name in names]}


def process(
    name: str, makes: Mapping[str, float], uses: Mapping[str, float] | None = None, **columns: object
) -> Tables:
    """A process of one mode, limited by its inputs alone unless `columns` give it a capacity_unit and a life."""
    flows = [("out", good, amount) for good, amount in makes.items()]
    flows += [("in", good, amount) for good, amount in (uses or {}).items()]
    return {
        "processes": [{"process": name, "stage": "test", "activity_unit": "1", **columns}],
        "recipes": [recipe(name, flow, good, amount) for flow, good, amount in flows],
    }


def plant(name: str, makes: Mapping[str, float], uses: Mapping[str, float] | None = None, **columns: object) -> Tables:
    """A process with capacity: a life of 100 years unless `columns` say otherwise."""
    return process(name, makes, uses, **{"capacity_unit": "1", "life": 100, **columns})


def recipe(process: str, flow: str, commodity: str, value: float, **columns: object) -> Row:
    """One row of recipes."""
    return {"process": process, "flow": flow, "commodity": commodity, "value": value, **columns}


def site(process: str, region: str = "USA", lead: float = 0.0, **columns: object) -> Tables:
    """Where a process may be ordered or may run, with a lead time in months; `columns`: of sites, spend_profile,
    ramp.
    """
    shapes = {name: columns.pop(name) for name in ("spend_profile", "ramp") if name in columns}
    return {
        "sites": [{"process": process, "region": region, **columns}],
        "lead_times": [{"process": process, "region": region, "value": lead, **shapes}],
    }


def existing(process: str, value: float, region: str = "USA", **columns: object) -> Tables:
    """Capacity that is there from 2020 on."""
    return {"capacity": [{"process": process, "region": region, "start": 2020, "value": value, **columns}]}


def cost(process: str, item: str, value: float, **columns: object) -> Tables:
    """A cost of a process."""
    return {"costs": [{"process": process, "item": item, "value": value, **columns}]}


def demand(commodity: str, value: float | Mapping[int, float], region: str = "USA", **columns: object) -> Tables:
    """A demand that must be met [1 / year], the same every year or by year."""
    key = {"commodity": commodity, "region": region, "item": "quantity", **columns}
    years = value.items() if isinstance(value, Mapping) else [(None, value)]
    return {"demand": [{**key, "year": year, "value": amount} for year, amount in years]}


def curve(commodity: str, steps: Iterable[tuple[float, float]], region: str = "USA", **columns: object) -> Tables:
    """Steps of a demand curve: width as a share of the quantity, price in GUSD."""
    key = {"commodity": commodity, "region": region, **columns}
    rows: list[Row] = []
    for number, (width, price) in enumerate(steps, start=1):
        rows += [{**key, "item": "step_width", "step": number, "value": width}]
        rows += [{**key, "item": "step_price", "step": number, "value": price}]
    return {"demand": rows}


def limit(kind: str, group: str, value: float, region: str = "*", **columns: object) -> Tables:
    """A limit named after its group."""
    row = {"limit": f"of_{group}", "kind": kind, "group": group, "region_group": region, "value": value, "year": 2020}
    return {"limits": [{**row, **columns}]}


def write_case(folder: Path, *parts: Tables, period: Iterable[tuple[float, float, float]], **settings: object) -> Path:
    """Write a case folder from parts of tables; period: (start, end, step) blocks; the target is the first demand."""
    tables: dict[str, list[Row]] = {"regions": [{"region": name} for name in ("USA", "TWN", "WLD")], "costs": []}
    for part in parts:
        for name, rows in part.items():
            tables.setdefault(name, []).extend(rows)
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        _write_table(folder / f"{name}.csv", name, rows)
    target = {"commodity": tables["demand"][0]["commodity"]}
    (folder / "case.toml").write_text(_toml({**SETTINGS, "target": target, **settings}, period))
    return folder


def small_case(folder: Path, *parts: Tables, period: Iterable[tuple[float, float, float]], **settings: object) -> Case:
    """Write a case folder and read it like any other."""
    return read_case(write_case(folder, *parts, period=period, **settings))


def under(case: Case, **settings: object) -> Case:
    """The same tables under other settings, such as `discount_rate`."""
    return assemble(replace(case.tables, settings=case.tables.settings.model_copy(update=settings)))


def solved(case: Case) -> Solution:
    """Build and solve a case in one step, at least cost."""
    return solve(build_problem(case))


def largest(case: Case) -> Solution:
    """The first step of most_compute alone: the largest weighted amount of the target."""
    problem = build_problem(case)
    assert problem.target is not None
    weights, constant = problem.target
    return solve(replace(problem, program=replace(problem.program, cost=weights, offset=constant, maximise=True)))


def values(solution: Solution, variable: str) -> dict[tuple[str, ...], float]:
    """What a variable is in a plan, by its labels in the order of the table of variables; zeros left out."""
    labels = next(one.labels for one in VARIABLES if one.name == variable)
    columns = solution.problem.columns.with_columns(value=pl.Series(solution.value))
    mine = columns.filter((pl.col("variable") == variable) & (pl.col("value").abs() > 1e-9))
    return {row[:-1]: row[-1] for row in mine.select(*labels, "value").iter_rows()}


def duals(solution: Solution, equation: str, *labels: str) -> dict[tuple[str, ...], float]:
    """The dual of every row of an equation, by these labels."""
    rows = solution.problem.rows.with_columns(value=pl.Series(solution.row_dual)).filter(pl.col("equation") == equation)
    return {row[:-1]: row[-1] for row in rows.select(*labels, "value").iter_rows()}


def rows_of(problem: Problem, equation: str) -> int:
    """How many rows an equation has."""
    return int((problem.rows["equation"] == equation).sum())


def same_problem(one: Problem, other: Problem) -> bool:
    """Whether two problems have the same names and, to the last bits, the same numbers."""
    a, b = one.program, other.program
    names = one.columns.equals(other.columns) and one.rows.equals(other.rows)
    arrays = [
        np.allclose(getattr(a, name), getattr(b, name), rtol=1e-12, atol=1e-12)
        for name in ("cost", "row_lower", "row_upper", "column_lower", "column_upper")
    ]
    return names and all(arrays) and bool(abs(a.matrix - b.matrix).max() <= 1e-12)


def _write_table(path: Path, name: str, rows: list[Row]) -> None:
    table = TABLES[name]
    filled: list[dict[str, object]] = []
    for row in rows:
        given = dict(row)
        if table.long:
            given.setdefault("unit", UNITS[name](row))
        if table.sourced:
            given = {"grade": "assumption", "note": "made up for a test", **given}
        filled.append(given)
    columns = [column.name for column in table.all_columns if any(column.name in row for row in filled)]
    unknown = {key for row in filled for key in row} - set(columns)
    assert not unknown, f"{name} has no columns {unknown}"
    header = columns or [column.name for column in table.all_columns]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, header)
        writer.writeheader()
        writer.writerows(filled)


def _toml(settings: Mapping[str, object], period: Iterable[tuple[float, float, float]]) -> str:
    """Settings as TOML: what is not a table first, then the blocks of periods."""
    lines = [f"{key} = {value if key == 'as_of' else _inline(value)}" for key, value in settings.items()]
    for start, end, step in period:
        lines += ["[[period]]", f"start = {start}", f"end = {end}", f"step = {step}"]
    return "\n".join(lines) + "\n"


def _inline(value: object) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{json.dumps(str(key))} = {_inline(one)}" for key, one in value.items()) + " }"
    return json.dumps(value)
