"""What commands print: small tables for people, plain data for programs. Nothing is computed here but differences."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import polars as pl

from teraplan.case.check_reach import starting_at_once
from teraplan.cli.tables import table_of, text_of
from teraplan.errors import StoreError
from teraplan.model.problem import Problem
from teraplan.report.ladder import limits_in_words
from teraplan.report.words import names_of, run_names
from teraplan.results.calibration import score
from teraplan.results.derive import money, served
from teraplan.results.results import Results
from teraplan.scenario import Stand

YEARS = (2030, 2034)
"""Years that headlines name, where the plan has them; else its middle and last shown period."""
LADDER = 5
GRADES = ("measured", "reported", "estimated", "forecast", "assumption")
ROUNDING = 1e-5
"""Differences below this share of the larger value are shown as 0."""


def summary(runs: Sequence[Results]) -> str:
    """Return what a run means beside its baseline, if it has one: difference first, then each by itself."""
    results = runs[-1]
    parts = [
        *(_status(run, name) for run, name in zip(runs, run_names(runs), strict=True)),
        _compute(runs),
        _money(runs),
        _ladder(results),
        _cost(runs),
        _records(runs[0]),
    ]
    return "\n".join(part for part in parts if part)


def run_data(results: Results) -> dict[str, object]:
    """Return a run as a program reads it: its record, what is served by period, the ladder."""
    target = str(results.run["target"])
    return {
        **results.run,
        "served": served(results, target).select("period", "value", "unit").to_dicts(),
        "bottlenecks": _top(results).drop("index").to_dicts(),
    }


def sizes(case: str, stand: Stand, problem: Problem) -> dict[str, object]:
    """Return the size of a problem and what will be slow."""
    rows, columns = problem.program.matrix.shape
    return {
        "case": case,
        "scenario": stand.name,
        "stands_on": list(stand.needs),
        "rows": rows,
        "columns": columns,
        "nonzeros": int(problem.program.matrix.nnz),
        "starting_at_once": starting_at_once(stand.case.tables)["process"].unique().sort().to_list(),
        "columns_by_variable": dict(
            problem.columns.group_by("variable").len().sort("len", descending=True).iter_rows()
        ),
        "rows_by_equation": dict(problem.rows.group_by("equation").len().sort("len", descending=True).iter_rows()),
    }


def checked(found: Mapping[str, object]) -> str:
    """Return the result of a check in words."""
    columns = int(str(found["columns"]))
    # Measured on two cores: dual simplex to 5,000 columns, interior point with crossover above (docs/benchmarks.md).
    pace = (
        "under a second"
        if columns < 3_000
        else "seconds"
        if columns < 15_000
        else f"about {columns / 2_500:.0f} seconds"
    )
    at_once = cast("Sequence[str]", found["starting_at_once"])
    stands = f", on top of {', '.join(found['stands_on'])}" if found["stands_on"] else ""  # type: ignore[arg-type]
    largest = ", ".join(f"{name} {count:,}" for name, count in list(found["columns_by_variable"].items())[:3])  # type: ignore[attr-defined]
    return (
        f"{found['case']}, scenario {found['scenario']}{stands}: no faults.\n"
        f"{columns:,} columns ({largest}), {found['rows']:,} rows, {found['nonzeros']:,} non-zeros; "
        f"a plan takes {pace}."
        + (f"\nNo lead time is given for {', '.join(at_once)}: their orders start at once." if at_once else "")
    )


def frontier(found: Results) -> str:
    """Return what each budget buys: one column a budget, quantities as differences to the baseline."""
    unit, target = str(found.run["money_unit"]), str(found.run["target"])
    points = found.frame("points").filter(pl.col("budget") > 0)
    budgets = points["budget"].to_list()
    first = table_of(
        f"What a programme buys on top of its baseline ({found.run['scenario']})",
        ["", *(f"{b:,.0f} {unit}" for b in budgets)],
    )
    first.add_row("spent", *(f"{value:,.0f}" for value in points["spent"]))
    for label, values in _bought(found, budgets):
        first.add_row(label, *(_count(value) for value in values))
    share = points["worth_of_one_more"] / max(float(points["worth_of_one_more"][0]), 1e-12)
    first.add_row("worth of one more (first = 100)", *(f"{100 * value:.0f}" for value in share))
    window = "undiscounted, beyond the baseline, to the end of the solved horizon"
    by_stage = table_of(f"Where the money goes [{unit}, {window}]", ["", *(f"{b:,.0f}" for b in budgets)])
    for label, values in _spent(found, budgets):
        by_stage.add_row(label, *(f"{value:,.0f}" for value in values))
    binds = table_of("What binds most, over all years shown", ["budget", "nature", "limits"])
    binds.columns[1].justify = binds.columns[2].justify = "left"
    for budget, nature, limits in _binding(found):
        binds.add_row(f"{budget:,.0f}", nature, limits)
    shape = "concave, and each worth lies between its neighbours' secants" if found.run["concave"] else "NOT concave"
    return "\n".join(
        [
            text_of(first),
            text_of(by_stage),
            text_of(binds),
            f"Value of {target} over budget: {shape} (within 1e-5 of its range).",
        ]
    )


def frontier_data(found: Results) -> dict[str, object]:
    """Return a frontier as a program reads it."""
    return {**found.run, **{name: found.frame(name).to_dicts() for name in ("points", "buys", "money", "binds")}}


def compared(found: pl.DataFrame, most: int = 40) -> str:
    """Return the largest differences as a table."""
    differing = found.filter(pl.col("difference") != 0)
    if differing.is_empty():
        return "No headline figure differs."
    table = table_of("Differences, the largest first", differing.columns)
    for row in differing.head(most).iter_rows():
        table.add_row(
            *(f"{cell:,.4g}" if isinstance(cell, float) else "" if cell is None else str(cell) for cell in row)
        )
    more = f"\n… and {differing.height - most} more (--json shows all)" if differing.height > most else ""
    return text_of(table) + more


def cited(results: Results) -> str:
    """Return the share of each headline by grade, and every source with how many rows rest on it."""
    if "provenance" not in results.frames:
        raise StoreError(f"{_name_of(results)} is no plan: cite a plan")
    shares = results.frame("provenance").pivot("grade", index="headline", values="share").fill_null(0.0)
    grades = [
        grade for grade in ("measured", "reported", "estimated", "forecast", "assumption") if grade in shares.columns
    ]
    first = table_of("What the headlines rest on [share]", ["", *grades])
    for row in shares.iter_rows(named=True):
        first.add_row(row["headline"], *(f"{row[grade]:.0%}" for grade in grades))
    table = table_of("Sources", ["rows", "source", "title", "address"])
    for column in table.columns[1:]:
        column.justify, column.overflow = "left", "fold"
    named = results.frame("citations").group_by("source", "title", "url", maintain_order=True).agg(pl.col("rows").sum())
    for row in named.sort("rows", descending=True).iter_rows(named=True):
        table.add_row(f"{row['rows']:,}", str(row["source"] or "(none)"), str(row["title"]), str(row["url"] or ""))
    return f"{text_of(first)}\n{text_of(table)}"


def cited_data(results: Results) -> dict[str, object]:
    """Return shares and sources as a program reads them."""
    if "provenance" not in results.frames:
        raise StoreError(f"{_name_of(results)} is no plan: cite a plan")
    return {name: results.frame(name).to_dicts() for name in ("provenance", "citations")}


def _status(run: Results, name: str) -> str:
    solver, audit, seconds = (cast("Mapping[str, Any]", run.run[name]) for name in ("solver", "audit", "seconds"))
    gap = max((value for value in audit.values() if isinstance(value, float)), default=0.0)
    method = f"{solver['name']} {solver['version']}, {solver['method']}{' with crossover' * bool(solver['crossover'])}"
    own = f"scenario {run.run.get('scenario')},"
    edits = [edit for edit in cast("Sequence[str]", run.run["edits"]) if not edit.startswith(own)]
    edited = "".join(f"\n  edited: {edit}" for edit in edits)
    return (
        f"{name}: {run.run['status']}, audit passed (largest gap {gap:.1e}); {run.run['columns']:,} columns, "
        f"{run.run['rows']:,} rows, solved in {seconds['solve']:.1f} s by {method}{edited}"
    )


def _compute(runs: Sequence[Results]) -> str:
    target = str(runs[-1].run["target"])
    levels = [served(run, target) for run in runs]
    periods = _headline_periods(runs[-1])
    unit = str(levels[-1]["unit"][0])
    # An amount x year in a year is a mean amount.
    mean = unit.removesuffix("*year") if unit.endswith("*year") else f"{unit}/year"
    table = table_of(f"{target.capitalize()} in service [{mean}]", ["", *periods])
    values = [dict(level.select("period", "value").iter_rows()) for level in levels]
    names = run_names(runs)
    if len(runs) > 1:
        changes = [_change(values[-1].get(p, 0.0), values[0].get(p, 0.0)) for p in periods]
        table.add_row(f"{names[-1]} minus {names[0]}", *changes, style="bold")
    for name, value in zip(reversed(names), reversed(values), strict=True):
        table.add_row(name, *(f"{value.get(p, 0.0):,.4g}" for p in periods))
    return text_of(table)


def _change(value: float, baseline: float) -> str:
    """A difference as text; what a solver's tolerance leaves is none."""
    change = value - baseline
    return f"{change:+,.4g}" if abs(change) > ROUNDING * max(abs(value), abs(baseline)) else "0"


def _money(runs: Sequence[Results]) -> str:
    first, last = _shown_years(runs[-1])
    unit = str(runs[-1].run["money_unit"])
    paid = [_by_stage(run, (first, last)) for run in runs]
    names = list(reversed(run_names(runs)))
    change = ["difference"] if len(runs) > 1 else []
    table = table_of(
        f"Money by stage, {first}-{last} [{unit} of {runs[-1].run['base_year']}, undiscounted]", ["", *change, *names]
    )
    labels = sorted({label for one in paid for label in one}, key=lambda label: -paid[-1].get(label, 0.0))
    for label in labels:
        values = [one.get(label, 0.0) for one in reversed(paid)]
        difference = [f"{values[0] - values[-1]:+,.0f}"] if len(runs) > 1 else []
        table.add_row(label, *difference, *(f"{value:,.0f}" for value in values))
    return text_of(table)


def _by_stage(run: Results, years: tuple[int, int]) -> dict[str, float]:
    lines = money(run, ("stage", "transfer", "year")).filter(pl.col("year").is_between(*years))
    label = (
        pl.when("transfer")
        .then(pl.lit("transfers: ") + pl.col("stage"))
        .otherwise(pl.col("stage").fill_null("freight"))
    )
    return dict(lines.group_by(label.alias("label")).agg(pl.col("value").sum()).iter_rows())


def _ladder(results: Results) -> str:
    unit = str(_top(results)["unit"][0]) if results.bottlenecks.height else ""
    table = table_of(f"What binds: worth of 1 % more of a limit [{unit}]", ["year", "nature", "limit", "worth"])
    table.columns[1].justify = table.columns[2].justify = "left"
    last = ""
    for row in (
        limits_in_words(_top(results), names_of(results))
        .sort("index", "worth", descending=[False, True])
        .iter_rows(named=True)
    ):
        table.add_row(row["period"] if row["period"] != last else "", row["nature"], _limit(row), f"{row['worth']:.3g}")
        last = row["period"]
    return text_of(table)


def _limit(row: Mapping[str, object]) -> str:
    return str(row["limit"]) + ("" if row["place"] in (None, "*", "WLD", "") else f", {row['place']}")


def _top(results: Results) -> pl.DataFrame:
    # What bound before the case's own date is history: nobody can act on it any more.
    today = float(str(results.run.get("as_of", "0"))[:4])
    ahead = results.frame("periods").filter(pl.col("shown") & (pl.col("end") > today)).select("period", "index")
    ranked = results.bottlenecks.join(ahead, on="period").sort("index", "worth", descending=[False, True])
    return ranked.group_by("period", maintain_order=True).head(LADDER)


def _cost(runs: Sequence[Results]) -> str:
    periods = _headline_periods(runs[-1])
    # A target that is not compute has no cost by the hour.
    priced = [
        (name, run)
        for name, run in zip(run_names(runs), runs, strict=True)
        if "cost_of_compute" in run.frames and run.frame("cost_of_compute")["usd_per_hour"].count()
    ]
    if not priced:
        return ""
    table = table_of(f"Cost of an hour of {runs[-1].run['target']} from new plants, all regions [USD]", ["", *periods])
    with_transfers = pl.col("usd_per_hour") * (1 + pl.col("transfers") / pl.col("value"))
    for name, run in reversed(priced):
        hours = run.frame("cost_of_compute").filter(pl.col("usd_per_hour").is_not_null())
        world = hours.filter(pl.col("region") == "WLD")
        for label, cost in (("real resources", pl.col("usd_per_hour")), ("with mark-ups", with_transfers)):
            hourly = dict(world.select("period", cost.alias("cost")).iter_rows())
            table.add_row(f"{name}: {label}", *(f"{hourly[p]:.3g}" if p in hourly else "" for p in periods))
    return text_of(table)


def _records(baseline: Results) -> str:
    if "calibration" not in baseline.frames:
        return ""
    passed, counted = score(baseline.frame("calibration"))
    return (
        f"Against the public record: {passed} of {counted} counted records within tolerance ({_name_of(baseline)})."
        if counted
        else ""
    )


def _bought(found: Results, budgets: Sequence[float]) -> list[tuple[str, list[float]]]:
    wanted = found.frame("buys").filter(pl.col("budget").is_in(budgets))
    labels = wanted.select("quantity", "period", "unit").unique(maintain_order=True)
    rows = []
    for quantity, period, unit in labels.iter_rows():
        mine = wanted.filter(
            (pl.col("quantity") == quantity) & pl.col("period").eq_missing(period) & (pl.col("unit") == unit)
        ).sort("budget")
        # What a solver's tolerance leaves is no difference.
        noise = ROUNDING * pl.max_horizontal(pl.col("value").abs(), pl.col("baseline").abs())
        change = pl.when(pl.col("difference").abs() > noise).then("difference").otherwise(0.0)
        rows.append((f"{quantity} {period or ''} [{unit}]", mine.select(change)["difference"].to_list()))
    return rows


def _spent(found: Results, budgets: Sequence[float]) -> list[tuple[str, list[float]]]:
    label = (
        pl.when("transfer")
        .then(pl.lit("transfers: ") + pl.col("stage"))
        .otherwise(pl.col("stage").fill_null("freight"))
    )
    lines = found.frame("money").group_by("budget", label.alias("label")).agg(pl.col("paid").sum())
    paid = {(name, budget): money for budget, name, money in lines.iter_rows()}
    largest = lines.sort("budget", "paid", descending=True)["label"].unique(maintain_order=True)
    return [(name, [paid.get((name, budget), 0.0) for budget in budgets]) for name in largest]


def _count(value: float) -> str:
    """A difference of three digits, without powers of ten."""
    return "0" if value == 0 else f"{value:+,.0f}" if abs(value) >= 100 else f"{value:+.3g}"


def _binding(found: Results) -> list[tuple[float, str, str]]:
    """The physical, market and policy limits that are worth most over the years shown, by budget."""
    label = pl.col("limit") + pl.when(_somewhere()).then(", " + pl.col("place")).otherwise(pl.lit(""))
    told = limits_in_words(found.frame("binds"), names_of(found)).filter(pl.col("budget") > 0)
    summed = told.group_by("budget", "nature", label.alias("limit")).agg(pl.col("worth").sum())
    ranked = summed.sort("budget", "nature", "worth", descending=[False, False, True])
    top = ranked.group_by("budget", "nature", maintain_order=True).head(3)
    listed = top.group_by("budget", "nature", maintain_order=True).agg(pl.col("limit").str.join("; "))
    return [(float(budget), str(nature), str(limits)) for budget, nature, limits in listed.iter_rows()]


def _somewhere() -> pl.Expr:
    return pl.col("place").is_not_null() & ~pl.col("place").is_in(["*", "WLD", ""])


def _headline_periods(results: Results) -> list[str]:
    """The periods that hold the headline years; for a shorter plan its middle and its last shown period."""
    shown = results.frame("periods").filter("shown").sort("index")
    held = [
        shown.filter((pl.col("start") <= year + 0.5) & (pl.col("end") > year + 0.5))["period"].to_list()
        for year in YEARS
    ]
    if all(held):
        return [period for found in held for period in found]
    return list(dict.fromkeys([shown["period"][shown.height // 2], shown["period"][-1]]))


def _shown_years(results: Results) -> tuple[int, int]:
    """First year of the plan and the last headline year."""
    periods = results.frame("periods").filter("shown")
    last = periods.filter(pl.col("period") == _headline_periods(results)[-1])["end"][0]
    return int(periods["start"].min()), int(last - 1e-9)  # type: ignore[arg-type]


def _name_of(run: Results) -> str:
    return run_names([run])[0]
