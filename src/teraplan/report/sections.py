"""The sections of the page about plans: what is built, what it costs, what stands in the way, who makes and hosts."""

from collections.abc import Callable, Mapping

import polars as pl

from teraplan.report import plots, tables
from teraplan.report.canvas import INK, REST, TRANSFERS, shade_after, shades, stage_colours
from teraplan.report.costs import cost_of_target, money_per_gigawatt
from teraplan.report.ladder import NATURES, ladder, periods_ahead
from teraplan.report.parts import Grid, Heat, Picture, Section, data_over_time, grid_of, heat_of, keys, totalled
from teraplan.report.words import amount, capital, item, names_of, number, period_words, plain, unit_words
from teraplan.results.compare import headline_periods
from teraplan.results.results import Results

Runs = Mapping[str, Results]
SERIES = 9
"""Most bands of an area or a stack of bars; smaller ones are put together."""
VISIBLE = 1e-3
"""Share of the longest bar below which a bar would not be seen."""
SMALL = 1e-4
"""Differences that stay below this share of the level are not drawn: they are none."""
STEEP = 30.0
"""Growth from the smallest to the largest level above which an axis is logarithmic."""
LOGARITHMIC = "Logarithmic: each rule is ten times the one before it."
BEYOND = 2.0
"""Periods that start so long after the last told one close the horizon [year]."""
ROWS = 14
"""Most bars of a figure by category."""


def built(runs: Runs) -> Section:
    """Return what is built: the target, accelerators by maker, sites by region, power by technology, all plants."""
    parts: list[Picture | Grid | Heat] = list(_target(runs))
    first = next(iter(runs.values()))
    target = names_of(first).thing(str(first.run["target"]))
    for quantity, title, stage in (
        (tables.accelerators_by_maker, "Accelerators made, by maker", "accelerators"),
        (tables.sites_by_region, "Sites in service, by region", "sites"),
        (tables.power_by_technology, "Power delivered, by technology, storage left out", "power"),
    ):
        parts += _level_and_changes(runs, quantity, title, stage)
    service = tables.in_service(runs, headline_periods(first))
    if service.height:
        parts.append(grid_of(service, "Plants and machines in service, all regions, mean of the period", digits=3))
    _shade(parts, first)
    lead = f"{target} and what it needs, period by period. A value stands for the mean of its period."
    return Section("built", "What is built", (lead, _how_to_read(first)), tuple(parts))


def money(runs: Runs) -> Section:
    """Return what it costs: by year, by stage and item, where the extra money goes, and the cost of the target."""
    name, first = next(iter(runs.items()))
    by_item = tables.money_by_item(first)
    if by_item.is_empty():
        return Section("money", "What it costs", (), ())
    parts: list[Picture | Grid | Heat] = [*_money_by_year(runs)]
    _shade(parts, first)
    parts.append(_money_by_item(runs))
    parts += [_extra_money(other, results, name, first) for other, results in list(runs.items())[1:]]
    items = ", ".join(item(label) for label in by_item.filter("transfer")["item"].unique().sort()) or "none here"
    lead = (
        f"Undiscounted money of {first.run['base_year']}, at the date of payment. Transfers ({items}) change hands "
        "without using anything up; they are hatched and never part of a total."
    )
    return Section("money", "What it costs", (lead,), (*parts, *cost_of_target(runs), *money_per_gigawatt(first, name)))


def bottlenecks(runs: Runs) -> Section:
    """Return what stands in the way: for each plan a ladder of limits over the periods, by nature."""
    parts, lead = [], []
    for name, results in runs.items():
        table = ladder(results)
        if table.is_empty():
            continue
        unit = _unit_of_worth(results)
        periods = periods_ahead(results)["period"].to_list()
        deepest = float(table["worth"].max() or 0.0)  # type: ignore[arg-type]
        for nature in [kind for kind in (*NATURES, "") if (table["nature"] == kind).any()]:
            kind = f"{capital(nature)} limits" if nature else "Limits"
            caption = f"{kind}, {name}: what 1 % more would be worth, {unit}"
            parts.append(heat_of(table.filter(pl.col("nature") == nature), periods, caption, deepest))
        lead.append(_example(table, name, results))
    explained = (
        "A limit is worth something in a year when the plan would use more of it. The number is what one percent more "
        "would be worth, to first order; empty cells are worth little or nothing. Limits in several places are summed. "
        "Years before that of the case are history and left out."
    )
    explained += _about_the_target(runs)
    return Section("bottlenecks", "What stands in the way", (explained, *lead) if parts else (), tuple(parts))


def who(runs: Runs) -> Section:
    """Return who makes, hosts and uses: a path of the target in one period, and hosting against use by region."""
    name, first = next(iter(runs.items()))
    told = headline_periods(first)
    if not told or not {"flows", "demand", "ship"} <= set(first.frames):
        return Section("who", "Who makes, hosts and uses", (), ())
    period, colour = told[-1], _stage_colours(runs)["sites"]
    path = tables.path_of_target(first, period)
    if path.is_empty():
        return Section("who", "Who makes, hosts and uses", (), ())
    unit, when = unit_words(path["unit"][0]), period_words(period)
    target = names_of(first).thing(str(first.run["target"]))
    note = "Left: maker of the machines. Middle: where they stand. Right: who uses them, at home or shipped."
    title = f"{target} from maker to host to user, {when}, {name}, {unit}"
    data = grid_of(path.drop("unit"), title)
    parts: list[Picture | Grid | Heat] = [Picture(title, note, plots.paths(path, colour, unit), data)]
    hosts = tables.hosted_and_used(first, period)
    with_it = list(runs.items())[1:2]
    for other, results in with_it:
        more = tables.hosted_and_used(results, period).select("region", hosted_with="hosted")
        hosts = hosts.join(more, on="region", how="left", maintain_order="left")
        note = f"Square: hosted, {name}. Ring: used, {name}. Diamond: hosted, {other}. {LOGARITHMIC}"
    if not with_it:
        note = f"Square: hosted. Ring: used. {LOGARITHMIC}"
    title = f"{target} hosted and used by region, {when}, {unit}"
    parts.append(Picture(title, note, plots.dumbbells(hosts, colour, unit), grid_of(hosts.drop("unit"), title)))
    return Section("who", "Who makes, hosts and uses", (), tuple(parts))


# --- built ------------------------------------------------------------------------------------------------------------


def _target(runs: Runs) -> list[Picture]:
    """The target over time, all plans, and what the others add to the baseline."""
    levels = {name: tables.target_served(results) for name, results in runs.items()}
    first_name, first = next(iter(levels.items()))
    if first.is_empty():
        return []
    target, unit = first["series"][0], unit_words(first["unit"][0])
    together = tables.of_runs(levels)
    title = f"{target} in service, {_span(first)}, {unit}"
    levels_only = together["value"].filter(together["value"] > 0)
    steep = levels_only.len() > 0 and float(levels_only.max()) > STEEP * float(levels_only.min())  # type: ignore[arg-type]
    note = LOGARITHMIC if steep else ""
    drawing = plots.lines(together, unit, logarithmic=steep)
    pictures = [Picture(title, note, drawing, data_over_time(together, title))]
    for name in list(levels)[1:]:
        change = tables.difference(levels[name], first).with_columns(series=pl.lit(name))
        title = f"{target} in service: {name} minus {first_name}, {_span(change)}, {unit}"
        colours = {name: INK}
        pictures.append(Picture(title, "", plots.changes(change, colours, unit), data_over_time(change, title)))
    return pictures


def _level_and_changes(
    runs: Runs, quantity: Callable[[Results], pl.DataFrame], title: str, stage: str
) -> list[Picture]:
    """A quantity of the baseline as areas, and each other plan's difference to it as bars, in shades of its stage."""
    (name, first), others = next(iter(runs.items())), list(runs.items())[1:]
    level = quantity(first)
    if level.is_empty():
        return []
    unit = unit_words(level["unit"][0])
    differences = {other: tables.difference(quantity(results), level) for other, results in others}
    shown = tables.folded(level, SERIES)
    stacks = {other: tables.folded(table, SERIES) for other, table in differences.items()}
    series = [*shown["series"].unique(maintain_order=True)]
    series += [extra for stack in stacks.values() for extra in stack["series"].unique(maintain_order=True)]
    colours = shades(_stage_colours(runs)[stage], list(dict.fromkeys(series)))
    said = f"{title}, {_span(level)}, {name}, {unit}"
    pictures = [Picture(said, "", plots.areas(shown, colours, unit), data_over_time(level, said), leads=True)]
    for other, stack in stacks.items():
        if stack["value"].abs().max() < SMALL * level["value"].max():  # type: ignore[operator]
            continue
        said = f"{title}: {other} minus {name}, {_span(level)}, {unit}"
        legend = keys(stack["series"].unique(maintain_order=True).to_list(), colours)
        drawing = plots.changes(stack, colours, unit)
        pictures.append(Picture(said, "", drawing, data_over_time(differences[other], said), legend))
    return pictures


# --- money ------------------------------------------------------------------------------------------------------------


def _money_by_year(runs: Runs) -> list[Picture]:
    """Money by stage and year of the baseline as areas, differences as bars; transfers as one hatched series."""
    (name, first), others = next(iter(runs.items())), list(runs.items())[1:]
    unit = f"{unit_words(str(first.run['money_unit']))} of {first.run['base_year']} / year"
    colours = {**_stage_colours(runs), TRANSFERS: REST}
    level = _with_transfers(tables.money_by_year(first))
    title = f"Money by stage, {_span(level)}, {name}, {unit}"
    note = "Transfers, hatched, lie on top of what is really used up."
    pictures = [Picture(title, note, plots.areas(level, colours, unit), data_over_time(level, title), leads=True)]
    for other, results in others:
        change = tables.difference(_with_transfers(tables.money_by_year(results)), level)
        title = f"Money by stage: {other} minus {name}, {_span(level)}, {unit}"
        names = change["series"].unique(maintain_order=True).to_list()
        legend = keys(names, colours, (TRANSFERS,))
        pictures.append(Picture(title, "", plots.changes(change, colours, unit), data_over_time(change, title), legend))
    return pictures


def _with_transfers(table: pl.DataFrame) -> pl.DataFrame:
    """Money by stage with the transfers of all stages as one series, last; stages along the chain."""
    merged = table.with_columns(series=pl.when("transfer").then(pl.lit(TRANSFERS)).otherwise("series"))
    labels = ["period", "start", "years", "series", "unit"]
    summed = merged.group_by(labels, maintain_order=True).agg(pl.col("value").sum())
    return summed.select("period", "start", "years", "series", "value", "unit")


def _money_by_item(runs: Runs) -> Picture:
    """Money by stage and item over the shown years, the baseline's, with the other plans' numbers in its data."""
    (name, first), others = next(iter(runs.items())), list(runs.items())[1:]
    unit = f"{unit_words(str(first.run['money_unit']))} of {first.run['base_year']}"
    table, colours = tables.money_by_item(first), _stage_colours(runs)
    order = table.filter(~pl.col("transfer"))["item"].unique(maintain_order=True).to_list()
    depth = {stage: shades(colours[stage], order) for stage in table["stage"].unique()}
    shade = [
        colours[stage] if transfer else depth[stage][item]
        for stage, item, transfer in table.select("stage", "item", "transfer").iter_rows()
    ]
    label = pl.col("stage").map_elements(_heading, return_dtype=pl.String)
    part = pl.col("item").map_elements(item, return_dtype=pl.String)
    drawn = table.select(label=label, part=part, value="value", transfer="transfer", colour=pl.Series(shade))
    title = f"Money by stage and item, {_years(first)} in all, {name}, {unit}"
    note = f"Dark to light: {', '.join(item(label) for label in order)}. Hatched: transfers."
    data = table.select("stage", "item", "transfer", pl.col("value").alias(name))
    for other, results in others:
        mine = tables.money_by_item(results).select("stage", "item", "transfer", pl.col("value").alias(other))
        data = data.join(mine, on=["stage", "item", "transfer"], how="full", coalesce=True, maintain_order="left_right")
    return Picture(title, note, plots.bars(totalled(drawn), unit), grid_of(data, title), leads=True)


def _extra_money(other: str, results: Results, name: str, first: Results) -> Picture:
    """Where a plan spends more or less than the baseline, by stage and item, largest first."""
    unit = f"{unit_words(str(first.run['money_unit']))} of {first.run['base_year']}"
    table = tables.money_difference(results, first)
    colours = stage_colours(list(dict.fromkeys([*tables.STAGES, *table["stage"].to_list()])))
    visible = pl.col("difference").abs() >= VISIBLE * pl.col("difference").abs().max()
    drawn = (
        table.filter(visible)
        .head(ROWS)
        .select(
            label=pl.col("stage").map_elements(_heading, return_dtype=pl.String)
            + ": "
            + pl.col("item").map_elements(item, return_dtype=pl.String),
            part="item",
            value="difference",
            transfer="transfer",
            colour=pl.col("stage").replace_strict(colours, default=REST),
        )
    )
    real, moved = (float(table.filter(pl.col("transfer") == which)["difference"].sum()) for which in (False, True))
    both = [f"{'+' if value > 0 else ''}{amount(value, str(first.run['money_unit']))}" for value in (real, moved)]
    note = f"In all {both[0]} without transfers, and {both[1]} of transfers (hatched)."
    goes = "Where the extra money goes" if real > 0 else "Where less money goes"
    title = f"{goes}: {other} minus {name}, {_years(first)} in all, {unit}"
    return Picture(title, note, plots.bars(totalled(drawn, difference=True), unit), grid_of(table.drop("unit"), title))


# --- bottlenecks ------------------------------------------------------------------------------------------------------


def _unit_of_worth(results: Results) -> str:
    kind, money = tables.kind_of_worth(results), unit_words(str(results.run["money_unit"]))
    if kind == "units":
        return "in units of the plan's aim"
    worth = f"{money} of {results.run['base_year']} a year"
    return worth if kind == "money" else f"{worth} of {plain(str(results.run['target']))}"


def _about_the_target(runs: Runs) -> str:
    """What it means that limits are worth an amount of the target; empty where none is."""
    counted = [results for results in runs.values() if tables.kind_of_worth(results) == "target"]
    if not counted:
        return ""
    target = plain(str(counted[0].run["target"]))
    return (
        f" Where worth is counted in {target}, the plan aims at the most {target}, and an amount of it counts at the "
        "prices of its demand curve."
    )


def _example(table: pl.DataFrame, name: str, results: Results) -> str:
    """The deepest cell of a ladder, read aloud."""
    cell = table.sort("worth", descending=True).row(0, named=True)
    where = f" ({cell['places']})" if cell["places"] else ""
    if tables.kind_of_worth(results) == "units":
        worth = f"{number(cell['worth'], 2)} units of the plan's aim"
    else:
        worth = f"{amount(cell['worth'], str(results.run['money_unit']), 2)} a year"
    when = period_words(cell["period"])
    return f"Example, {name}: one percent more of “{cell['limit']}”{where} would be worth {worth} in {when}."


# --- private ----------------------------------------------------------------------------------------------------------


def _closing(first: Results) -> float:
    """The start of the first period that lies two years or more after the last told one [decimal year]."""
    shown = tables.shown_periods(first)
    last = shown.filter(pl.col("period").is_in(headline_periods(first)))["start"].max()
    later = shown.filter(pl.col("start") >= pl.lit(last) + BEYOND)["start"]
    return float(later[0]) if later.len() else float(shown["end"][-1])


def _shade(parts: list[Picture | Grid | Heat], first: Results) -> None:
    """Grey the periods of figures over time that only close the horizon."""
    for part in parts:
        if isinstance(part, Picture):
            shade_after(part.drawing, _closing(first))


def _how_to_read(first: Results) -> str:
    closing = _closing(first)
    grey = f" The years from {int(closing)} on, in grey, close the horizon." if closing < _end(first) else ""
    return (
        "Single years jump, because a plan that sees all years orders in waves: read sums over years, not single "
        f"ones.{grey}"
    )


def _end(first: Results) -> float:
    return float(tables.shown_periods(first)["end"][-1])


def _stage_colours(runs: Runs) -> dict[str, str]:
    """A colour for every stage of the plans, the same in every figure."""
    there = [
        stage
        for results in runs.values()
        for stage in tables.stages_of(results.frames.get("processes", pl.DataFrame()))
    ]
    ledger = [stage for results in runs.values() for stage in tables.money_by_item(results)["stage"].unique().sort()]
    return stage_colours(list(dict.fromkeys([*tables.STAGES, *there, *ledger])))


def _heading(label: str) -> str:
    return capital(plain(label))


def _span(table: pl.DataFrame) -> str:
    """The years that a table over time covers, as people write them."""
    first, last = table.sort("start").row(0, named=True), table.sort("start").row(-1, named=True)
    return f"{int(first['start'])}–{int(last['start'] + last['years'] - 1e-9)}"


def _years(results: Results) -> str:
    shown = tables.shown_periods(results)
    return f"{int(shown['start'][0])}–{int(shown['end'][-1] - 1e-9)}"
