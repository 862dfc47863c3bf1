"""The facts of a case: what its tables give a range for, and a case in which they are other than the tables say.

A fact is a row with low and high or, of a series by year, all its rows: what the tables say of one thing moves as one.
Every cell that stands on a row of the fact takes the same quantile of its own spread.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from teraplan.case.assemble import assemble
from teraplan.case.case import Case
from teraplan.case.checks import CASE_CHECKS
from teraplan.case.edit import repriced
from teraplan.case.faults import first_of
from teraplan.case.resolve import MEASURES, Tables
from teraplan.case.tables import VALUE_BOUNDS
from teraplan.errors import CaseError, Fault
from teraplan.uncertainty.samples.draws import USUAL, quantile_values

DRAWN: Mapping[str, str] = {
    "recipes": "recipes",
    "costs": "costs",
    "lead_times": "lead_times",
    "availability": "availability",
    "store_limits": "store_limits",
    "capacity": "capacity",
    "limits": "limits",
    "shares": "shares",
    "rules": "rules",
    "demand_quantity": "demand",
    "demand_anchor": "demand",
    "local_share": "demand",
    "reserve_margin": "reserve",
    "reserve_cover": "reserve",
    "firm_share": "reserve",
    "taxes": "taxes",
}
"""Frames of resolved tables whose numbers are drawn, and the table that each comes from."""
PARTS_OF_ONE = ("profiles", "load_shapes", "demand")
"""Tables whose other numbers are parts of one whole, or prices of such parts: drawn apart, they would not add up."""
ITEM_OF = {
    "demand_quantity": "quantity",
    "demand_anchor": "anchor_price",
    "local_share": "local_share_min",
    "firm_share": "firm_share",
}
LEAST = 0.1
"""A number whose low is above 0 is never drawn below this share of it: nothing becomes free, or stops, by chance."""
Drawn = Mapping[str, Mapping[int, float]]
"""The quantiles of a draw by table and line."""


def facts_of(tables: Tables) -> pl.DataFrame:
    """Return the facts that can be drawn: fact, table, lines, what, stage, unit, value, low, high, distribution, grade.

    One row a fact, in the order of the tables. `fact` is its table and first line; `lines` all its lines; what: the
    labels that its rows share; value, low and high as they stand in its last row that has a range, in the unit of the
    file. Rows whose low is their high do not move.
    """
    lines = _lines(tables)
    if not lines.height:
        return lines.select(pl.lit("").alias("fact"), "table", pl.lit([0]).alias("lines"), what=pl.lit("")).clear()
    written = tables.frames["written"].select("table", "line", "what", "unit", "value", "low", "high", "grade")
    told = lines.join(written, on=["table", "line"], how="left", maintain_order="left").sort("at", "line")
    ranged = (pl.col("low") < pl.col("high")).fill_null(False)
    last = [pl.col(name).filter(ranged).last() for name in ("unit", "value", "low", "high", "distribution", "grade")]
    facts = told.group_by("table", "at", maintain_order=True).agg(
        pl.col("line").alias("lines"), pl.col("what"), pl.col("stage").first(), *last
    )
    return facts.filter(pl.col("low").is_not_null()).select(
        pl.concat_str("table", pl.lit(" "), pl.col("lines").list.first().cast(pl.String)).alias("fact"),
        "table",
        "lines",
        pl.col("what").map_elements(_shared, return_dtype=pl.String),
        "stage",
        "unit",
        "value",
        "low",
        "high",
        "distribution",
        "grade",
    )


def not_drawn(tables: Tables, facts: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with a range that are not drawn: table, line, what, why."""
    written = tables.frames["written"].filter(pl.col("low") < pl.col("high"))
    rest = written.join(facts.explode("lines").select("table", line="lines"), on=["table", "line"], how="anti")
    read = pl.col("table").is_in(list(set(DRAWN.values())))
    whole = pl.col("table").is_in(PARTS_OF_ONE) & ~(
        pl.col("table").is_in(["demand"]) & ~pl.col("what").str.contains("step_")
    )
    why = (
        pl.when(whole)
        .then(pl.lit("a part of one whole, or its price: drawn apart, the parts would not add up"))
        .when(read)
        .then(pl.lit("no number of the plan stands on it: other rows speak for its places, or its years are over"))
        .otherwise(pl.lit("no plan reads it"))
    )
    return rest.select("table", "line", "what", why=why)


def drawn(tables: Tables, quantiles: Drawn, origin: str = "draw") -> Tables:
    """Return tables in which every cell that stands on one of these lines takes that quantile of its own spread.

    A value stays within what its place allows, and above a tenth of its low where that is above 0. Prices that are
    multiples of an anchor price move with it, and what is built in is needed at the same share of a lead time as
    before. low and high stay; the tables are not checked.
    """
    frames = dict(tables.frames)
    for name, table in DRAWN.items():
        if quantiles.get(table):
            frames[name] = _drawn(frames[name], table, name, quantiles[table])
    before, after = tables.frames["demand_anchor"], frames["demand_anchor"]
    if before is not after:
        frames["demand_steps"] = repriced(frames["demand_steps"], before, after, origin)
    if frames["lead_times"] is not tables.frames["lead_times"]:
        frames["recipes"] = _in_step(frames["recipes"], tables.frames["lead_times"], frames["lead_times"])
    return replace(tables, frames=frames, edits=(*tables.edits, origin))


def drawn_case(base: Case, quantiles: Drawn) -> Case:
    """Return the case of a draw, under the kept plans and the programme of the base; CaseError where it has faults."""
    if not quantiles:
        return base
    tables = drawn(base.tables, quantiles)
    faults: list[Fault] = [fault for check in CASE_CHECKS for fault in first_of(check(tables))]
    if faults:
        raise CaseError(tables.settings.name, tuple(dict.fromkeys(faults)))
    return _with_room(replace(assemble(tables), kept=base.kept, programme=base.programme))


def _with_room(case: Case) -> Case:
    """The case with ceilings on capacity no lower than what stands or is announced under them.

    A ceiling and the capacity that is already decided are two statements about one thing; drawn apart, they may
    contradict each other, and no plan can undo what is already decided.
    """
    key = ["limit", "kind", "group", "place"]
    members = case.limit_members.filter(pl.col("kind") == "capacity_max")
    standing = members.join(case.capacity_existing, on=["process", "region"], maintain_order="left")
    decided = standing.group_by(*key, "period", maintain_order=True).agg(decided=pl.col("value").sum())
    joined = case.limits.join(decided, on=[*key, "period"], how="left", maintain_order="left")
    return replace(case, limits=joined.with_columns(value=pl.max_horizontal("value", "decided")).drop("decided"))


def _drawn(frame: pl.DataFrame, table: str, name: str, quantiles: Mapping[int, float]) -> pl.DataFrame:
    known = pl.DataFrame(
        {"line": list(quantiles), "_quantile": list(quantiles.values())},
        schema={"line": frame.schema["line"], "_quantile": pl.Float64},
    )
    cells = frame.join(known, on="line", how="left", maintain_order="left").with_row_index("_at")
    moved = cells.filter(pl.col("_quantile").is_not_null() & (pl.col("low") < pl.col("high")))
    if not moved.height:
        return frame
    number = {key: moved[key].to_numpy() for key in ("_quantile", "value", "low", "high")}
    spread = moved["distribution"].fill_null(USUAL).to_numpy().astype(np.str_)
    found = quantile_values(number["_quantile"], number["value"], number["low"], number["high"], spread)
    least, most = _bounds(moved, table, name)
    low = number["low"]
    least = np.where(low > 0, np.maximum(least, LEAST * low), least)
    values = frame["value"].to_numpy().copy()
    values[moved["_at"].to_numpy()] = np.clip(found, least, most)
    return frame.with_columns(pl.Series("value", values))


def _in_step(recipes: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Recipes whose build inputs are needed at the same share of the lead time as before.

    An input that is there when the order is placed still is; with a fixed offset it would be needed before the order,
    or in part a period later, when nobody makes it any more.
    """
    site = ["process", "region"]
    both = before.select(*site, _old="value").join(after.select(*site, _new="value"), on=site, maintain_order="left")
    ratio = both.filter((pl.col("_old") > 0) & (pl.col("_old") != pl.col("_new")))
    scaled = ratio.select(*site, pl.lit("build").alias("flow"), _ratio=pl.col("_new") / pl.col("_old"))
    joined = recipes.join(scaled, on=[*site, "flow"], how="left", maintain_order="left")
    return joined.with_columns(pl.col("offset_month") * pl.col("_ratio").fill_null(1.0)).drop("_ratio")


def _bounds(cells: pl.DataFrame, table: str, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Smallest and largest value that each cell may have."""
    bounds = VALUE_BOUNDS[table]
    column = next((word for word in ("item", "kind", "flow") if word in cells.columns), None)
    items = [ITEM_OF.get(name, "")] * cells.height if column is None else cells[column].to_list()
    pairs = np.array([bounds.get(item, bounds[""]) for item in items], dtype=np.float64)
    return pairs[:, 0], pairs[:, 1]


# --- which rows are one fact ------------------------------------------------------------------------------------------


def _lines(tables: Tables) -> pl.DataFrame:
    """The lines with a range that cells stand on: table, line, at (number of its fact), stage, distribution."""
    parts = list(_parts(tables))
    if not parts:
        return pl.DataFrame(
            schema={
                "table": pl.String,
                "line": pl.Int32,
                "at": pl.Int64,
                "stage": pl.String,
                "distribution": pl.String,
            }
        )
    return pl.concat(parts)


def _parts(tables: Tables) -> Iterator[pl.DataFrame]:
    for number, (name, table) in enumerate(DRAWN.items()):
        frame = tables.frames[name]
        moving = frame.filter(pl.col("low") < pl.col("high"))
        if not moving.height:
            continue
        series = [key for key in frame.columns if key not in ("value", "year", "multiple", *MEASURES, *_MORE)]
        if table == "capacity":
            cells = moving.with_row_index("_cell")
        else:
            keyed = frame.select(series).unique(maintain_order=True).with_row_index("_cell")
            cells = frame.join(keyed, on=series, nulls_equal=True, maintain_order="left")
        lines = cells["line"].unique(maintain_order=True).sort()
        position = {line: at for at, line in enumerate(lines)}
        pairs = cells.select("line", "_cell").unique(maintain_order=True)
        row = pairs["line"].replace_strict(position, return_dtype=pl.Int64).to_numpy()
        column = pairs["_cell"].to_numpy().astype(np.int64) + len(lines)
        size = int(column.max()) + 1
        graph = coo_array((np.ones(row.size), (row, column)), shape=(size, size))
        _, label = connected_components(graph, directed=False)
        first = (
            cells.with_columns(stage=_stage(tables, cells, table))
            .group_by("line", maintain_order=True)
            .agg(pl.col("stage").first(), pl.col("distribution").first())
        )
        at = pl.DataFrame({"line": lines, "at": label[: len(lines)].astype(np.int64)})
        known = at.join(first, on="line", how="left", maintain_order="left")
        moved = moving.select("line").unique()
        kept = known.join(moved, on="line", how="semi", maintain_order="left")
        yield kept.select(
            pl.lit(table).alias("table"),
            pl.col("line").cast(pl.Int32),
            pl.col("at") + number * 1_000_000,
            "stage",
            pl.col("distribution").fill_null(USUAL),
        )


_MORE = ("unit", "money_year", "known_on", "note", "status", "spent_share", "inputs", "ramped", "ramp", "spend_profile")


def _stage(tables: Tables, cells: pl.DataFrame, table: str) -> pl.Expr:
    """The stage of each cell: that of its process or commodity; else the name of the table."""
    stage = pl.lit(None, pl.String)
    for column, words in (("process", "processes"), ("group", "processes"), ("commodity", "commodities")):
        if column in cells.columns:
            names = tables.frames[words]
            known = dict(names.select(names.columns[0], "stage").iter_rows())
            stage = pl.coalesce(stage, pl.col(column).replace_strict(known, default=None, return_dtype=pl.String))
    return pl.coalesce(stage, pl.lit(table))


def _shared(said: pl.Series) -> str:
    """The words that all rows of a fact share."""
    rows = [str(text).split(" ") for text in said]
    return " ".join(word for word in rows[0] if all(word in row for row in rows))
