"""What a plan rests on: its sources, and which share of its headlines rests on numbers of which grade.

A physical headline rests on the numbers that its value passes through (see trace), each with the value that does: the
value of the compute of a year passes through the demand for it, the recipes of clusters, the cost of their chips, lead
times and limits of their sites, and so on to the start. Money rests on the number that priced it. docs/decisions/0004
says why.
"""

import numpy as np
import polars as pl

from teraplan.case.case import Case
from teraplan.case.schema import GRADES
from teraplan.results.bottlenecks import CAPACITY_ROWS
from teraplan.results.derive import BALANCES, SITES, told_periods
from teraplan.results.ledger import real_money
from teraplan.results.numbers import ACTIVITY, TABLE_OF
from teraplan.results.trace import trace_of
from teraplan.solver import Solution

CHIPS = "accelerators"
NOT_PLANNED_WITH = ("calibration", "commitments", "shocks", "tree", "uncertainties")
"""Tables that no plan is made from."""
ASSUMED = "assumptions: why, is said in the note of each"
EDITED = "a change to the case, not a source"
QUESTION = ("headline", "quantity", "period")


def citations(case: Case) -> pl.DataFrame:
    """Return every source of the numbers that a case is planned with: source, title, url, licence, table, rows.

    rows: lines of the table that stand after patterns are resolved and edits applied. Assumptions without a source are
    one line for each table, with source null; what an edit changed has the edit as its source.
    """
    parts = []
    for name, frame in case.tables.frames.items():
        if name in NOT_PLANNED_WITH or not {"source", "line"} <= set(frame.columns) or name == "sources":
            continue
        table = pl.lit(TABLE_OF.get(name, name)).alias("table")
        named = [column for column in ("source", "price_source") if column in frame.columns]
        parts += [frame.select(table, "line", source=pl.col(column)) for column in named]
    counted = pl.concat(parts).unique().group_by("table", "source").agg(rows=pl.len())
    listed = case.tables.frames["sources"].select("source", "title", "url", "licence")
    told = pl.when(pl.col("source").is_null()).then(pl.lit(ASSUMED)).otherwise(pl.lit(EDITED))
    cited = counted.join(listed, on="source", how="left").with_columns(pl.coalesce("title", told).alias("title"))
    ranked = cited.sort("rows", "source", "table", descending=[True, False, False], nulls_last=True)
    return ranked.select("source", "title", "url", "licence", "table", "rows")


def numbers_by_weight(case: Case, rests_on: pl.DataFrame) -> pl.DataFrame:
    """Return every number of a case as it is written, those that the target rests on most first.

    table, line, what, value, unit, low, high, grade, source, note, share [1; 0: the target does not rest on it].
    """
    weights = rests_on.group_by("table", "line", maintain_order=True).agg(pl.col("share").sum())
    planned = case.tables.frames["written"].filter(~pl.col("table").is_in(NOT_PLANNED_WITH))
    weighed = planned.join(weights, on=["table", "line"], how="left").with_columns(pl.col("share").fill_null(0.0))
    return weighed.sort("share", "table", "line", descending=[True, False, False])


def provenance_of(case: Case, solution: Solution, ledger: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return what the headlines of a plan rest on, as two tables.

    `provenance`: headline, quantity, period, grade (the firmest first), share [1]; shares of a headline sum to 1.
    `rests_on`: the numbers behind the target in the periods that headlines name: table, line, grade, source, share [1],
    the largest share first.
    """
    asked = _questions(case, solution)
    names = asked.select("question", *QUESTION).unique().sort("question")
    trace = trace_of(case, solution, asked.drop(QUESTION))
    first = sum(solution.problem.program.matrix.shape)
    grades = trace.grades().join(names.with_columns(node=first + pl.col("question")), on="node")
    physical = grades.select(*QUESTION, "grade", share=pl.col("weight").cast(pl.Float64))
    whole = pl.concat([physical, _money(case, ledger)]).filter(pl.col("share") > 0).sort(*QUESTION, "grade")
    share = pl.col("share") / pl.col("share").sum().over("headline")
    rank = pl.col("grade").replace_strict({grade: at for at, grade in enumerate(GRADES)}, return_dtype=pl.Int64)
    target = names.filter(pl.col("quantity") == _target_name(case))["question"].to_list()
    weights = trace.weights([first + question for question in target])
    ranked = (
        weights.sort("table", "line")
        .with_columns(share=pl.col("weight") / pl.col("weight").sum())
        .sort("share", "table", "line", descending=[True, False, False])
    )
    return {
        "provenance": whole.with_columns(share=share).sort(pl.col("period").is_null(), *QUESTION, rank),
        "rests_on": ranked.select("table", "line", "grade", "source", "share"),
    }


def share_of_assumptions(provenance: pl.DataFrame, headline: str) -> float:
    """Return which share of a headline rests on assumptions [1]; raises KeyError naming the headlines there are."""
    mine = provenance.filter(pl.col("headline") == headline)
    if not mine.height:
        raise KeyError(f"no headline {headline!r}; there are {', '.join(provenance['headline'].unique().sort())}")
    return float(mine.filter(pl.col("grade") == "assumption")["share"].sum())


# --- physical headlines -----------------------------------------------------------------------------------------------


def _questions(case: Case, solution: Solution) -> pl.DataFrame:
    """Where the value of each physical headline starts: QUESTION, question, part, kind, row, column.

    What is made starts at the activity that makes it, by amount, what is served of the target at its demand too; sites
    in service start at the orders and the capacity that was there, by what of them is in service.
    """
    entries = _entries(solution)
    goods = case.outputs.join(case.processes, on="process").filter(pl.col("stage") == CHIPS)
    traded = goods.join(case.commodities.filter(pl.col("kind") == "good"), on="commodity")["commodity"].unique()
    target = case.tables.settings.target.commodity
    parts = [
        _made(entries, pl.col("row_commodity") == target).with_columns(quantity=pl.lit(_target_name(case))),
        _served(case, solution, entries).with_columns(quantity=pl.lit(_target_name(case))),
        _made(entries, pl.col("row_commodity").is_in(traded.implode())).with_columns(
            quantity=pl.lit(f"output of {CHIPS}")
        ),
        _in_service(case, solution, entries).with_columns(quantity=pl.lit(f"{SITES} in service")),
    ]
    told = pl.DataFrame({"period": told_periods(case.periods)})
    every = pl.concat(parts).join(told, on="period").filter(pl.col("amount") > 0)
    label = pl.col("quantity") + " " + pl.col("period")
    share = pl.col("amount") / pl.col("amount").sum().over("quantity", "period", pl.col("kind") == "served")
    every = every.sort("quantity", "period", "kind", "row", "column", "amount")
    named = every.with_columns(headline=label, part=share, question=(label.rank("dense") - 1).cast(pl.Int64))
    return named.select("question", *QUESTION, "part", "kind", "row", "column")


def _entries(solution: Solution) -> pl.DataFrame:
    """Coefficients of balances and capacity rows with the amount that they carry, and the labels of both sides."""
    chosen = pl.col("equation").is_in([*BALANCES, *CAPACITY_ROWS])
    labels = {"commodity": "row_commodity", "process": "row_process", "region": "row_region", "place": "place"}
    rows = solution.problem.rows.with_row_index("row").filter(chosen)
    rows = rows.select(
        pl.col("row").cast(pl.Int64), "equation", "period", *(pl.col(a).alias(b) for a, b in labels.items())
    )
    matrix = solution.problem.program.matrix[rows["row"].to_numpy()].tocoo()
    amount = matrix.data * solution.value[matrix.col]
    found = pl.DataFrame({"at": matrix.row.astype(np.int64), "column": matrix.col.astype(np.int64), "amount": amount})
    columns = solution.problem.columns.select("column", "variable")
    placed = found.filter(pl.col("amount") != 0).join(rows.with_row_index("at").cast({"at": pl.Int64}), on="at")
    return placed.join(columns, on="column").drop("at")


def _made(entries: pl.DataFrame, good: pl.Expr) -> pl.DataFrame:
    made = pl.col("equation").is_in(BALANCES) & pl.col("variable").is_in(ACTIVITY)
    mine = entries.filter(made & good & (pl.col("amount") > 0))
    return mine.select("period", "amount", "row", "column", kind=pl.lit("supply"))


def _served(case: Case, solution: Solution, entries: pl.DataFrame) -> pl.DataFrame:
    """What is served of steps of demand for the target, at their shortage; of demand without steps, at its balance."""
    target = case.tables.settings.target.commodity
    here = ["region", "period"]
    balances = entries.filter(pl.col("equation").is_in(BALANCES) & (pl.col("row_commodity") == target))
    rows = balances.select("row", "period", region="place").unique(here, maintain_order=True)
    labels = ["commodity", "region", "buyer", "period", "step"]
    valued = solution.problem.columns.with_columns(missed=pl.Series(solution.value))
    missed = valued.filter(pl.col("variable") == "shortage")
    steps = case.demand_steps.filter(pl.col("commodity") == target).join(
        missed.select(*labels, "column", "missed"), on=labels
    )
    stepped = steps.join(rows, on=here).select(
        "period", "row", "column", *here[:1], "width", amount=pl.col("width") - pl.col("missed")
    )
    whole = case.demand.filter(pl.col("commodity") == target).join(rows, on=here)
    inside = stepped.group_by(here).agg(pl.col("width").sum())
    firm = whole.join(inside, on=here, how="left").with_columns(amount=pl.col("value") - pl.col("width").fill_null(0.0))
    parts = [stepped, firm.with_columns(column=pl.lit(None, pl.Int64))]
    return pl.concat([part.select("period", "amount", "row", "column", kind=pl.lit("served")) for part in parts])


def _in_service(case: Case, solution: Solution, entries: pl.DataFrame) -> pl.DataFrame:
    """Usable capacity of sites: from orders, through their rows; and what was there, at its row or at a bound."""
    here = ["process", "region", "period"]
    sites = case.processes.filter(pl.col("stage") == SITES).select("process")
    rows = entries.filter(pl.col("equation") == CAPACITY_ROWS[0]).rename(
        {"row_process": "process", "row_region": "region"}
    )
    ordered = rows.filter(pl.col("variable") == "order").join(sites, on="process", how="semi")
    new = ordered.select("period", "row", "column", amount=-pl.col("amount"), kind=pl.lit("supply"))
    there = case.usable_existing.join(sites, on="process", how="semi")
    at_row = there.join(rows.select(*here, "row").unique(), on=here)
    activity = solution.problem.columns.filter(pl.col("variable") == "activity").select(*here, "column")
    at_bound = there.join(at_row, on=here, how="anti").join(activity.unique(here, maintain_order=True), on=here)
    none = pl.lit(None, pl.Int64)
    old = [
        at_row.select("period", amount="value", row="row", column=none, kind=pl.lit("rent")),
        at_bound.select("period", amount="value", row=none, column="column", kind=pl.lit("bound")),
    ]
    columns = ["period", "amount", "row", "column", "kind"]
    return pl.concat([part.select(columns) for part in (new, *old)])


def _target_name(case: Case) -> str:
    return f"{case.tables.settings.target.commodity} served"


# --- money ------------------------------------------------------------------------------------------------------------


def _money(case: Case, ledger: pl.DataFrame) -> pl.DataFrame:
    """Money paid in the shown years, transfers apart, by the grade of the number that priced it."""
    shown = case.periods.filter("shown")
    lines = real_money(ledger).filter(
        pl.col("year").is_between(shown["start"].min(), shown["end"].max(), closed="left")
    )
    dates = case.periods.select("period", at=(pl.col("start") + pl.col("years") / 2).floor().cast(pl.Int32))
    dated = lines.join(dates, on="period", how="left").with_columns(at=pl.coalesce("at", "year").cast(pl.Int32))
    numbered = dated.with_row_index("line_of_ledger")
    tables = case.tables.frames
    site = ["process", "region"]
    routes = tables["routes"].select("commodity", "grade", region="origin").unique()
    found = [
        numbered.join(tables["costs"].select(*site, "item", "grade", at="year"), on=[*site, "item", "at"]),
        numbered.join(tables["taxes"].select(*site, "grade", item="kind", at="year"), on=[*site, "item", "at"]),
        numbered.filter(pl.col("item") == "freight").join(routes, on=["commodity", "region"]),
        numbered.filter(pl.col("item") == "carrying").join(tables["stocks"], on=["commodity", "region"]),
    ]
    labels = ["line_of_ledger", "transfer", "paid", "grade"]
    priced = pl.concat([part.select(labels) for part in found])
    each = pl.col("paid").abs() / pl.len().over("line_of_ledger")
    ordered = priced.with_columns(share=each).sort(labels)
    summed = ordered.group_by("transfer", "grade", maintain_order=True).agg(pl.col("share").sum())
    name = pl.when("transfer").then(pl.lit("transfers")).otherwise(pl.lit("money"))
    return summed.select(
        name.alias("headline"), name.alias("quantity"), pl.lit(None, pl.String).alias("period"), "grade", "share"
    )
