"""The section about a hedge: its story, what each future costs, orders now against later, compute by future."""

import polars as pl

from teraplan.report import plots
from teraplan.report.canvas import INK
from teraplan.report.hedge_story import costs, story, sums_now
from teraplan.report.parts import Grid, Heat, Picture, Section, data_over_time, grid_of
from teraplan.report.words import Names, capital, names_of, per_year, percent, plain, short, unit_words
from teraplan.results.results import Results

SHOWN = 12
"""Processes whose orders are shown."""


def hedge(results: Results | None, names: Names) -> Section:
    """Return the section about a hedge; without one it is empty. names: of the plan that the page is about."""
    title = "A plan for many futures"
    if results is None:
        return Section("hedge", title, (), ())
    own = names_of(results)
    parts: list[Picture | Grid | Heat] = [_tree(results), _cost(results), _compute(results)]
    parts += [*_orders(results, own), _measures(results)]
    return Section("hedge", title, story(results, own), tuple(parts))


def _tree(results: Results) -> Grid:
    nodes = results.frame("nodes")
    told = nodes.select(
        node=pl.col("node").map_elements(_named, return_dtype=pl.String),
        after=pl.col("parent").map_elements(_named, return_dtype=pl.String),
        known_from=pl.col("known_from").cast(pl.String).str.strip_suffix(".0"),
        scenario=pl.col("scenario").map_elements(_named, return_dtype=pl.String),
        chance=pl.col("reached").map_elements(percent, return_dtype=pl.String),
    ).with_columns(pl.all().fill_null(""))
    return grid_of(told, "The futures: what becomes known when, and how likely each is seen from now")


def _cost(results: Results) -> Picture:
    """What a future costs beyond what it would if it were known from the start, by plan."""
    unit = unit_words(str(results.run["money_unit"]))
    table = costs(results)
    plans = [plan for plan in ("hedge", "mean", "likely") if plan in table.columns]
    rows = [
        {"series": capital(PLAN_NAMES[plan]), "label": _named(row["leaf"]), "value": row[plan] - row["alone"]}
        for row in table.iter_rows(named=True)
        for plan in plans
    ]
    regret = pl.DataFrame(rows)
    bars = regret.select(
        label=pl.col("label") + " · " + pl.col("series"),
        part="series",
        value="value",
        colour=pl.col("series").replace_strict(COLOURS, return_dtype=pl.String),
        transfer=pl.lit(False),
    )
    title = f"What not knowing costs in each future, {unit}"
    note = "Cost beyond that of a plan made for this future alone, which nobody can make in time."
    data = table.select("leaf", "probability", *plans, "alone").with_columns(
        pl.col("leaf").map_elements(_named, return_dtype=pl.String)
    )
    return Picture(title, note, plots.bars(bars, unit), grid_of(data, "Cost of each future by plan", 7), leads=True)


def _compute(results: Results) -> Picture:
    """What of the target the hedge serves in each future."""
    mine = results.frame("compute").filter(plan="hedge")
    series = mine.with_columns(series=pl.col("leaf").map_elements(_named, return_dtype=pl.String), value="served")
    unit, target = unit_words(per_year(str(mine["unit"][0]))), plain(str(results.run["target"]))
    title = f"{capital(target)} served in each future, {unit}"
    note = "One line until the futures part: what is decided before is the same in all."
    return Picture(title, note, plots.lines(series, unit, logarithmic=False), data_over_time(series, title))


def _orders(results: Results, names: Names) -> list[Grid]:
    found = sums_now(results).head(SHOWN)
    if not found.height:
        return []
    told = found.select(
        process=pl.col("process").map_elements(lambda label: short(names.thing(label), 40), return_dtype=pl.String),
        unit=pl.col("unit").map_elements(unit_words, return_dtype=pl.String),
        now="hedge",
        likeliest_future="other",
        difference="difference",
        later_in_the_mean="later",
    )
    return [grid_of(told, "Orders before the first branching: the hedge beside the plan for the likeliest future")]


def _measures(results: Results) -> Grid:
    unit = unit_words(str(results.run["money_unit"]))
    meanings = pl.DataFrame({"measure": list(MEANINGS), "meaning": list(MEANINGS.values())})
    told = results.frame("measures").join(meanings, on="measure", how="left", maintain_order="left")
    return grid_of(told.select("measure", "value", "meaning"), f"In numbers, {unit}", 7)


def _named(label: str) -> str:
    return capital(plain(label))


PLAN_NAMES = {"hedge": "hedge", "mean": "orders for the mean", "likely": "orders for the likeliest"}
COLOURS = {"Hedge": INK, "Orders for the mean": "#8A8A8A", "Orders for the likeliest": "#C8C8C8"}
MEANINGS = {
    "RP": "the hedge: one plan for all futures",
    "EEV": "first orders of the plan for the mean future, all later ones the best",
    "WS": "each future known from the start",
    "VSS": "EEV - RP: what planning for all futures is worth",
    "EVPI": "RP - WS: what knowing the future is worth",
    "mean cost": "of the hedge, over all futures",
    "worst cost": "of the hedge, in its dearest future",
}
