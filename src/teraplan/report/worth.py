"""What facts are worth knowing before deciding, beside how far they move the outcome."""

import polars as pl

from teraplan.report import plots
from teraplan.report.canvas import INK
from teraplan.report.facts import FOREMOST, LABEL, SHOWN, most_moving, title_of
from teraplan.report.parts import Grid, Picture, grid_of
from teraplan.report.words import amount, capital, joined, percent, short, unit_words
from teraplan.results.results import Results

SAYS_NOTHING = "#C8C8C8"
"""Colour of a worth that chance alone would show."""
EMPTY = pl.DataFrame()


def worth_of_facts(results: Results, top: int = SHOWN) -> pl.DataFrame:
    """Return the factors that are worth most to know before deciding: factor, title, worth, chance, unit, and the share
    of the variance of the target and of money that goes with each [1] (null where too few draws tell).

    See `uncertainty.samples.worth`. Empty where it was not asked for.
    """
    worth = results.frames.get("worth", EMPTY)
    if worth.is_empty():
        return EMPTY
    found = worth.head(top)
    moving = most_moving(results, worth.height)
    for outcome in (str(results.run["target"]), "money"):
        name = f"share_of_{outcome}"
        mine = moving.filter(pl.col("outcome") == outcome).select(
            "factor", pl.col("share").cast(pl.Float64).alias(name)
        )
        found = found.join(mine, on="factor", how="left", maintain_order="left")
    titles = [title_of(results, name) for name in found["factor"]]
    return found.select("factor", pl.Series("title", titles, pl.String), pl.exclude("factor"))


def worth_sentences(results: Results) -> list[str]:
    """Return in sentences which plan is the best before facts are known, and which facts are worth knowing first."""
    if results.frames.get("worth", EMPTY).is_empty():
        return []
    told, unit = worth_told(results), str(results.run["money_unit"])
    plans = results.frame("candidates")
    lost = int(str(told["tried"])) - int(str(told["kept"]))
    left = f"; {lost} of {told['tried']} draws are left out, which some candidate cannot meet" if lost else ""
    said = [
        f"If orders up to {told['until']} are placed before anything more is known, those of the plan {_quoted(told)} "
        f"cost least of {plans.height} candidates: {_money(told['cost'], unit)} in the mean of {told['kept']} "
        f"draws{left}. Costs are discounted, over the whole horizon, and what is not served counts at its worth."
    ]
    if float(str(told["perfect"])) <= 0:
        return [*said, "The same candidate costs least in every draw: no fact changes the choice among them."]
    said.append(
        f"Who knew everything first would save {_money(told['perfect'], unit)} by choosing among these candidates "
        f"(EVPI), and at most {_money(told['foresight'], unit)} by any orders whatever."
    )
    return [*said, _worth_most(results, unit)]


def worth_told(results: Results) -> dict[str, object]:
    """Return what a run says of worth: until, tried, kept, best, cost, perfect, foresight, chance."""
    told = results.run["worth"]
    assert isinstance(told, dict)
    return told


def _worth_most(results: Results, unit: str) -> str:
    foremost = worth_of_facts(results, FOREMOST)
    chance = float(foremost["chance"][0])
    clear = foremost.filter(pl.col("worth") > pl.col("chance"))
    limit = _money(chance, unit)
    if clear.is_empty():
        return (
            f"No single fact is worth more to know first than chance would show: {limit}. The highest, "
            f"{foremost['title'][0]}, stands at {_money(foremost['worth'][0], unit)}. More draws lower that bar."
        )
    named = [f"{title} ({_money(value, unit)})" for title, value in clear.select("title", "worth").iter_rows()]
    return (
        f"Worth most to know before deciding, each alone: {joined(named, '; ')}. Up to {limit} the best of as many "
        "facts that say nothing would seem to be worth."
    )


def worth_parts(results: Results) -> list[Picture | Grid]:
    """Return the figure of what facts are worth, and the table of candidates; nothing where it was not asked for."""
    table = worth_of_facts(results)
    if table.is_empty():
        return []
    unit = unit_words(str(results.run["money_unit"]))
    plans = results.frame("candidates").select(
        pl.col("plan").map_elements(capital, return_dtype=pl.String),
        "mean_cost",
        beyond_the_best="beyond",
        standard_error="error",
        draws_in_which_best="best_in",
        draws_it_cannot_meet="cannot_meet",
    )
    caption = f"Candidates: orders decided up to {worth_told(results)['until']}, judged in the same draws, {unit}"
    grid = grid_of(plans, caption, digits=5)
    return [_picture(results, table, unit), grid] if (table["worth"] > 0).any() else [grid]


def _picture(results: Results, table: pl.DataFrame, unit: str) -> Picture:
    drawn = table.filter(pl.col("worth") > 0)
    told = drawn["share_of_money"].null_count() == 0
    bars = drawn.select(
        label=pl.struct("title", "share_of_money").map_elements(_label, return_dtype=pl.String),
        part=pl.lit("worth"),
        value="worth",
        colour=pl.when(pl.col("worth") > pl.col("chance")).then(pl.lit(INK)).otherwise(pl.lit(SAYS_NOTHING)),
        transfer=pl.lit(False),
    )
    title = f"What each fact is worth to know before deciding, {unit}"
    before = " Before its name its share of the variance of money." if told else ""
    note = (
        "Mean saving of who knows this fact alone before choosing among the candidates in the table below. Up to the "
        f"dotted line (pale) it may be chance.{before} A fact may move money and be worth nothing, where the same "
        "orders are best whatever it is. Values do not add up, and what it costs to find out is not in them."
    )
    shares = [name for name in drawn.columns if name.startswith("share_of_") and told]
    data = grid_of(drawn.select("title", "worth", *shares), title, digits=3)
    return Picture(title, note, plots.bars(bars, unit, float(table["chance"][0])), data)


def _label(row: dict[str, object]) -> str:
    share, title = row["share_of_money"], short(capital(str(row["title"])), LABEL)
    return title if share is None else f"{percent(float(str(share)))} {title}"


def _quoted(told: dict[str, object]) -> str:
    return f"“{told['best']}”"


def _money(value: object, unit: str) -> str:
    return amount(float(str(value)), unit)
