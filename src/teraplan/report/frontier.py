"""The section about many budgets: what each buys on top of the baseline, what binds, what one more would add."""

import polars as pl

from teraplan.report import plots
from teraplan.report.canvas import REST, TRANSFERS, stage_colours
from teraplan.report.ladder import NATURES, limits_in_words, periods_ahead
from teraplan.report.parts import Grid, Heat, Picture, Section, grid_of, keys, totalled
from teraplan.report.tables import STAGES
from teraplan.report.words import HISTORY, Names, amount, capital, period_words, plain, unit_words
from teraplan.results.results import Results

FOREMOST = 3
"""Limits of a nature that are named for a budget."""
SPENT = 0.999
"""Share of a budget above which it counts as spent."""
ALL_YEARS = "all years"
CURVES = 8
"""Quantities that get a figure; the others are in the table."""
SITES = "sites in service"
BY_STAGE = (" made$", " ordered$")
"""Quantities by stage that get a figure, these first, where they count things: no money, no rate a year."""
NEGLIGIBLE = 1e-9
ROUNDING = 1e-5
"""Share of the baseline below which a difference is that of two solutions, not of two plans."""
EMPTY = pl.DataFrame()


def frontier(results: Results | None, names: Names) -> Section:
    """Return the section about a frontier; without one it is empty. names: those of the plans it was made with."""
    title = "What each budget buys"
    if results is None:
        return Section("frontier", title, (), ())
    unit = str(results.run["money_unit"])
    parts: list[Picture | Grid | Heat] = [*_bought(results, unit), *_money(results, unit), *_worth(results, unit)]
    parts += [*_everything(results, unit), *_binding(results, names, unit)]
    return Section("frontier", title, _lead(results, unit) if parts else (), tuple(parts))


def bought(results: Results) -> pl.DataFrame:
    """Return what each budget adds to the baseline: quantity, unit, series (the period), budget, value."""
    found = results.frames.get("buys", EMPTY)
    if found.is_empty():
        schema = {"quantity": pl.String, "unit": pl.String, "series": pl.String, "budget": pl.Float64}
        return pl.DataFrame(schema={**schema, "value": pl.Float64})
    series = pl.col("period").map_elements(period_words, return_dtype=pl.String).fill_null(ALL_YEARS)
    rounding = pl.col("difference").abs() <= ROUNDING * pl.col("baseline").abs()
    value = pl.when(rounding).then(0.0).otherwise("difference")
    return found.select("quantity", "unit", "budget", series=series, value=value)


def money_bought(results: Results) -> pl.DataFrame:
    """Return money beyond the baseline by budget and stage, transfers in one: budget, series, value, transfer."""
    found = results.frames.get("money", EMPTY)
    if found.is_empty():
        return found
    by_stage = pl.coalesce("stage", "item") if "item" in found.columns else pl.col("stage").fill_null("other")
    series = pl.when("transfer").then(pl.lit(TRANSFERS)).otherwise(by_stage)
    summed = found.group_by("budget", "transfer", series=series).agg(value=pl.col("paid").sum())
    rank = pl.col("series").replace_strict({stage: at for at, stage in enumerate(STAGES)}, default=len(STAGES))
    return summed.sort("budget", "transfer", rank, "series").select("budget", "series", "value", "transfer")


def _lead(results: Results, unit: str) -> tuple[str, ...]:
    points = results.frames.get("points", EMPTY)
    said = []
    if points.height:
        left = points.filter((pl.col("budget") > 0) & (pl.col("spent") < SPENT * pl.col("budget")))
        if left.height:
            first = left.sort("budget").row(0, named=True)
            budget, spent = amount(first["budget"], unit), amount(first["spent"], unit)
            said.append(
                f"From a budget of {budget} on, money is left over ({spent} of it is spent): limits that money cannot "
                "move stand in the way."
            )
        else:
            said.append("Every budget is spent in full.")
    if results.run.get("concave") is True:
        said.append(
            "Each further step of the budget adds no more than the one before: checked on the plans' own duals."
        )
    return tuple(said)


def _bought(results: Results, unit: str) -> list[Picture]:
    """A curve for each of the foremost quantities that a budget changes."""
    changed = _changed(results)
    foremost = pl.col("quantity").is_in([f"{results.run['target']} served", SITES])
    things = ~pl.col("unit").str.starts_with(unit) & ~pl.col("unit").str.ends_with("/year")
    by_stage = [things & pl.col("quantity").str.contains(way) for way in BY_STAGE]
    drawn = pl.concat([changed.filter(which) for which in (foremost, *by_stage)])
    pictures: list[Picture] = []
    for (quantity, measure), mine in list(drawn.group_by("quantity", "unit", maintain_order=True))[:CURVES]:
        said = unit_words(str(measure))
        title = f"{capital(plain(str(quantity)))}: what each budget adds to the baseline" + (
            f", {said}" if said else ""
        )
        drawing = plots.curves(mine, said or "number", f"budget, {unit_words(unit)}")
        data = _spending(mine).pivot("series", index="budget", values="value", aggregate_function="sum").sort("budget")
        pictures.append(Picture(title, "", drawing, grid_of(data, title)))
    return pictures


def _everything(results: Results, unit: str) -> list[Grid]:
    """Every quantity that a budget changes, one column a budget."""
    changed = _spending(_changed(results))
    if changed.is_empty():
        return []
    budgets = [amount(budget, unit) for budget in changed["budget"].unique().sort()]
    told = changed.with_columns(pl.col("budget").map_elements(lambda b: amount(b, unit), return_dtype=pl.String))
    wide = told.pivot("budget", index=["quantity", "unit", "series"], values="value", maintain_order=True)
    named = wide.select("quantity", "unit", pl.col("series").alias("period"), *budgets)
    return [grid_of(named, "Everything that each budget adds to the baseline", digits=3)]


def _spending(table: pl.DataFrame) -> pl.DataFrame:
    """A table by budget without the budget of nothing."""
    return table.filter(pl.col("budget") > 0)


def _changed(results: Results) -> pl.DataFrame:
    return bought(results).filter(pl.col("value").abs().max().over("quantity", "unit") > NEGLIGIBLE)


def _money(results: Results, unit: str) -> list[Picture]:
    table = money_bought(results)
    if table.is_empty():
        return []
    table, periods = _spending(table), results.frame("periods")
    span = f"{int(periods['start'].min())}–{int(periods['end'].max() - 1e-9)}"  # type: ignore[arg-type, operator]
    stages = [name for name in table["series"].unique(maintain_order=True) if name != TRANSFERS]
    colours = {**stage_colours(list(dict.fromkeys([*STAGES, *stages]))), TRANSFERS: REST}
    drawn = table.select(
        label=pl.col("budget").map_elements(lambda budget: f"Budget {amount(budget, unit)}", return_dtype=pl.String),
        part="series",
        value="value",
        transfer="transfer",
        colour=pl.col("series").replace_strict(colours, default=REST),
    )
    title = f"Where the money of each budget goes, beyond the baseline, all payments of {span}, {unit_words(unit)}"
    note = (
        "All money beyond the baseline's, also what runs on after the programme's last year, which its budget does not "
        "pay. Hatched: transfers."
    )
    data = table.pivot("series", index="budget", values="value", aggregate_function="sum").sort("budget")
    legend = keys([*stages, TRANSFERS], colours, (TRANSFERS,))
    return [Picture(title, note, plots.bars(totalled(drawn), unit_words(unit)), grid_of(data, title), legend)]


def _worth(results: Results, unit: str) -> list[Picture]:
    points = results.frames.get("points", EMPTY)
    if points.is_empty() or points["worth_of_one_more"].is_null().all():
        return []
    table = points.select("budget", value="worth_of_one_more", series=pl.lit("")).drop_nulls("value")
    title = f"What one more {unit_words(unit)} adds to the plan's aim, by budget"
    note = "The aim is the weighted amount of the target; the curve falls as cheap chances are used up."
    drawing = plots.curves(table, f"aim / {unit_words(unit)}", f"budget, {unit_words(unit)}")
    return [Picture(title, note, drawing, grid_of(_spending(points).sort("budget"), title))]


def binding(results: Results, names: Names) -> pl.DataFrame:
    """Return what binds at each budget from the year of the case on: budget, foremost limits of each nature as text.

    A limit is told with the periods in which it binds; where the frontier does not tell natures there is one column.
    """
    found = results.frames.get("binds", EMPTY)
    if found.is_empty():
        return found
    found = _spending(found).filter(~pl.col("equation").is_in(HISTORY))
    told = found if "nature" in found.columns else found.with_columns(nature=pl.lit(""))
    words = limits_in_words(told, names).join(periods_ahead(results), on="period")
    worth = (pl.col("worth") * pl.col("years")).sum()
    begin, end = (pl.col("period").sort_by("start").get(at) for at in (0, -1))
    summed = words.group_by("budget", "nature", "limit").agg(worth=worth, first=begin, last=end)
    top = summed.sort("worth", "limit", descending=[True, False]).group_by("budget", "nature").head(FOREMOST)
    said = [
        f"{limit} ({_span(first, last)})" for limit, first, last in top.select("limit", "first", "last").iter_rows()
    ]
    listed = top.with_columns(pl.Series("limit", said, dtype=pl.String)).group_by(
        "budget", "nature", maintain_order=True
    )
    wide = listed.agg(pl.col("limit").str.join("; ")).pivot("nature", index="budget", values="limit").sort("budget")
    order = [nature for nature in (*NATURES, "") if nature in wide.columns]
    return wide.select("budget", *[pl.col(nature).alias(f"{nature} limits".strip()) for nature in order])


def _span(first: str, last: str) -> str:
    return period_words(first) if first == last else f"{period_words(first)} to {period_words(last)}"


def _binding(results: Results, names: Names, unit: str) -> list[Grid]:
    table = binding(results, names)
    if table.is_empty():
        return []
    budget = pl.col("budget").map_elements(lambda value: amount(value, unit), return_dtype=pl.String)
    title = "What binds at each budget, from the year of the case on, what is worth most first"
    return [grid_of(table.with_columns(budget), title)]
