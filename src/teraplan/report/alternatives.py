"""The section about alternatives: how far each group of orders can go near the optimum, and what that means."""

from collections.abc import Callable

import polars as pl

from teraplan.report.parts import Grid, Key, Picture, Section, grid_of
from teraplan.report.spans import DEEP, SOFT, spans
from teraplan.report.words import Names, amount, capital, joined, maker, number, percent, plain, short, unit_words
from teraplan.results.results import Results

TITLE = "What could be done instead"
FOREMOST = 6
"""Groups that a sentence names."""
KINDS = {
    "stage": "Orders by stage and region",
    "process": "Orders by process",
    "maker": "Orders by maker",
    "named": "Groups of one's own",
}
"""What is said above the groups of each kind, in their order on the page."""
Say = Callable[[str], str]


def alternatives(results: Results | None, names: Names) -> Section:
    """Return the section about alternatives; without them it is empty. names: those of the plans on the page."""
    if results is None:
        return Section("alternatives", TITLE, (), ())
    said = said_by(results, names)
    lead = (spent(results), *verdicts(results, said))
    parts: list[Picture | Grid] = []
    for kind, title in KINDS.items():
        mine = results.frame("ranges").filter(pl.col("by") == kind)
        if mine.height:
            parts.append(_picture(mine, title, said))
    return Section("alternatives", TITLE, lead, (*parts, _plans(results, said)))


def said_by(results: Results, names: Names) -> Say:
    """Return what says the name of a group in words: `Power in the United States`, `Gas turbine`, `AMD, clusters`."""
    words: dict[str, str] = {}
    for row in results.frame("groups").iter_rows(named=True):
        own = str(row["group"])
        unit = f" ({unit_words(row['unit'])})" if own.endswith(f"({row['unit']})") else ""
        if row["by"] == "stage":
            own = f"{capital(plain(row['stage']))} in {short(names.region(row['region']))}{unit}"
        elif row["by"] == "process":
            own = short(capital(names.thing(row["process"])), 40)
        elif row["by"] == "maker":
            own = f"{maker(row['maker'])}, {plain(row['stage'])}{unit}"
        words[str(row["group"])] = own
    return lambda group: words.get(group, group)


def spent(results: Results) -> str:
    """Return how much money each slack is, beside the money in the optimum."""
    run, unit = results.run, str(results.run["money_unit"])
    slacks = results.frame("ranges")["slack"].unique().sort().to_list()
    if run["objective_name"] == "most_compute":
        told = [f"{percent(slack)} less of the target" for slack in slacks]
        return f"Plans count as near the best with up to {' or '.join(told)} than the most that there can be."
    optimum, money = abs(float(str(run["objective"]))), abs(float(str(run["money"])))
    told = [
        f"{percent(s)} of the optimum is {amount(s * optimum, unit)}, {percent(s * optimum / money)} of its money"
        for s in slacks
    ]
    return (
        f"{'; '.join(told)}. The optimum counts demand that is not served at what it would have been worth, so a plan "
        "may spend its slack on money or on compute."
    )


def verdicts(results: Results, said: Say = str) -> list[str]:
    """Return sentences: must-haves, choices and must-avoids at each slack, the tightest and the widest first."""
    ranges = results.frame("ranges")
    told = [_blocks(results)] if results.run["has_blocks"] else []
    for (slack,), mine in ranges.group_by("slack", maintain_order=True):
        have, free, avoid = (mine.filter(pl.col("kind") == kind) for kind in ("must-have", "choice", "must-avoid"))
        parts = [f"Within {percent(float(str(slack)))}: {have.height} of {mine.height} groups are must-haves"]
        if have.height:
            tightest = have.sort("freedom", "group").head(FOREMOST)
            parts.append(": " + "; ".join(_least(row, said) for row in tightest.iter_rows(named=True)))
        one = free.height == 1
        choices = (
            f"{free.height} {'is a choice' if one else 'are choices'}: a plan can do without {'it' if one else 'them'}"
        )
        parts.append(f". {choices}")
        used = free.filter(pl.col("optimum") > 1e-6 * pl.col("most"))
        if used.height:
            parts.append(
                f", though the optimum has {used.height} of them ({joined([said(g) for g in used['group'][:FOREMOST]])}"
            )
            parts.append(", …)" if used.height > FOREMOST else ")")
        parts.append(f". {avoid.height or 'None'} must be avoided")
        if avoid.height:
            parts.append(": " + joined([said(name) for name in avoid["group"][:FOREMOST]]))
        told.append("".join(parts) + ".")
    return told


def _blocks(results: Results) -> str:
    if results.run["whole"] == "held":
        return "Orders in whole blocks are held as in the optimum: their ranges are narrower than they are."
    return (
        "Blocks are not held to whole numbers near the optimum: must-haves and must-avoids are certain, choices may be "
        "less free than they look."
    )


def _least(row: dict[str, object], said: Say) -> str:
    least, optimum = float(str(row["least"])), float(str(row["optimum"]))
    unit = unit_words(str(row["unit"]))
    return f"{said(str(row['group']))} (at least {number(least)} {unit}, {number(optimum)} in the optimum)"


def _picture(ranges: pl.DataFrame, title: str, said: Say) -> Picture:
    """Bars from the least to the most of each group at the largest slack, the smallest slack inside them."""
    slacks = ranges["slack"].unique().sort().to_list()
    outer = ranges.filter(pl.col("slack") == slacks[-1]).sort("freedom", "group")
    inner = ranges.filter(pl.col("slack") == slacks[0]).select("group", inner_least="least", inner_most="most")
    both = outer.join(inner, on="group", maintain_order="left")
    longest = pl.max_horizontal(
        *(pl.when(pl.col(name).is_finite()).then(name) for name in ("most", "optimum", "least", "inner_most")), 1e-9
    )
    drawn = both.select(
        label=pl.col("group").map_elements(said, return_dtype=pl.String),
        told=pl.struct("unit", "optimum", "least", "most").map_elements(_numbers, return_dtype=pl.String),
        least=pl.col("least") / longest,
        most=pl.when(pl.col("most").is_finite()).then(pl.col("most") / longest).otherwise(1.0),
        inner_least=pl.col("inner_least") / longest,
        inner_most=pl.when(pl.col("inner_most").is_finite()).then(pl.col("inner_most") / longest).otherwise(1.0),
        optimum=pl.col("optimum") / longest,
    )
    legend = [Key(f"within {percent(slacks[-1])}", SOFT)]
    if len(slacks) > 1:
        legend.append(Key(f"within {percent(slacks[0])}", DEEP))
    note = "Each bar goes from the least to the most that a plan near the optimum can have; the dot is the optimum."
    named = pl.col("group").map_elements(said, return_dtype=pl.String)
    data = ranges.select(named, "unit", "slack", "optimum", "least", "most", pl.col("kind"))
    whole = f"{title}: least and most near the optimum"
    return Picture(
        whole, note, spans(drawn, "share of the group's largest amount"), grid_of(data, whole), tuple(legend)
    )


def _numbers(row: dict[str, object]) -> str:
    least, optimum, most = (float(str(row[name])) for name in ("least", "optimum", "most"))
    end = number(most) if most < float("inf") else "no end"
    return f"{number(least)} – {end} {unit_words(str(row['unit']))}, optimum {number(optimum)}"


def _plans(results: Results, said: Say) -> Grid:
    """What each of the plans costs, and what it leaves unserved."""
    plans = results.frame("plans").filter(pl.col("objective").is_not_null())
    named = pl.when(pl.col("group").is_not_null()).then(
        pl.col("aim") + " of " + pl.col("group").map_elements(said, return_dtype=pl.String)
    )
    table = plans.select(named.otherwise("plan").alias("plan"), "slack", "objective", "excess", "money", "unserved")
    return grid_of(table, f"The {table.height:,} plans behind the ranges: objective, money, target not served", 5)
