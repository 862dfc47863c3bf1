"""The section about many draws: how far apart plans lie when facts do, and which facts move them most."""

import numpy as np
import polars as pl

from teraplan.report import plots
from teraplan.report.facts import FEWEST, FOREMOST, LABEL, most_moving
from teraplan.report.parts import Grid, Heat, Picture, Section, grid_of
from teraplan.report.words import Names, amount, capital, percent, plain, short, unit_words
from teraplan.report.worth import worth_parts, worth_sentences
from teraplan.results.results import Results
from teraplan.uncertainty.samples.draws import SPREAD
from teraplan.uncertainty.samples.sample import totals

QUANTILES = {"p5": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
PRICES = "price of "
EMPTY = pl.DataFrame()


def sample(results: Results | None, names: Names) -> Section:
    """Return the section about a sample; without one it is empty. names: those of the plans it was made with."""
    title = "How sure the plan is"
    if results is None or results.frames.get("outcomes", EMPTY).is_empty():
        return Section("sample", title, (), ())
    parts: list[Picture | Grid | Heat] = [*_fans(results), *_tornados(results), *worth_parts(results)]
    parts += _tables(results)
    return Section("sample", title, sentences(results), tuple(parts))


# --- data -------------------------------------------------------------------------------------------------------------


def fans(results: Results) -> pl.DataFrame:
    """Return the spread of the foremost quantities: quantity, period, unit, p5, p25, p50, p75, p95, written.

    Quantiles over the draws that have a plan; a quantity that a draw does not have is 0 there. written: of the case
    with every number as its table says.
    """
    target = str(results.run["target"])
    wanted = [f"{target} served", "money", "transfers", f"{PRICES}{target}", "sites in service"]
    return (
        spread_of(results)
        .filter(pl.col("quantity").is_in(wanted))
        .sort(
            pl.col("quantity").replace_strict({name: at for at, name in enumerate(wanted)}, default=9),
            maintain_order=True,
        )
    )


def spread_of(results: Results) -> pl.DataFrame:
    """Return the spread of every quantity by period, as in `fans`."""
    key = ["quantity", "period", "unit"]
    outcomes, written = results.frame("outcomes"), results.frame("as_written")
    draws = outcomes["draw"].n_unique()
    grouped = outcomes.group_by(key, maintain_order=True).agg("value")
    ends = [
        [float(np.quantile([*values, *[0.0] * (draws - len(values))], share)) for share in QUANTILES.values()]
        for values in grouped["value"]
    ]
    found = pl.DataFrame(ends, schema=list(QUANTILES), orient="row")
    order = results.frame("periods").select("period", "index")
    told = pl.concat([grouped.select(key), found], how="horizontal").join(
        written.select(*key, written="value"), on=key, how="left", nulls_equal=True
    )
    return (
        told.join(order, on="period", how="left")
        .sort("quantity", "unit", "index")
        .drop("index")
        .select(*key, *QUANTILES, pl.col("written").fill_null(0.0))
    )


def sentences(results: Results) -> tuple[str, ...]:
    """Return what the draws say in sentences: the spread of compute and money, the draws that failed, three facts."""
    run, said = results.run, []
    count, failed = int(str(run["draws"])), int(str(run["failed"]))
    for outcome, rows in totals(results).group_by("outcome", maintain_order=True):
        values, unit = rows["value"].to_numpy(), str(rows["unit"][0])
        low, middle, high = (amount(float(np.quantile(values, share)), unit) for share in (0.05, 0.5, 0.95))
        written = amount(_as_written(results, str(outcome[0])), unit)
        said.append(
            f"{capital(str(outcome[0]))} over all years shown is {middle} in the middle draw, between {low} and {high} "
            f"in nine draws of ten; with every number as its table says it is {written}."
        )
    if failed:
        why = results.frame("failures")["why"].str.extract(r"(?m)^\s+(\w+ \[.*?\])").fill_null("faults of its tables")
        most = why.value_counts(sort=True).row(0)
        said.append(
            f"{failed} of {count} draws have no plan and are not in these figures, most often ({most[1]}) for "
            f"{plain(most[0])}: their facts contradict each other."
        )
    said += [*_moved(results), *worth_sentences(results)]
    return tuple(said)


def _as_written(results: Results, outcome: str) -> float:
    years = results.frame("periods").select("period", "years")
    quantity = "money" if outcome == "money" else f"{outcome} served"
    rows = results.frame("as_written").filter(pl.col("quantity") == quantity).join(years, on="period")
    return float((rows["value"] * rows["years"]).sum())


def _moved(results: Results) -> list[str]:
    top = most_moving(results, FOREMOST)
    if top.is_empty():
        few = f"Of fewer than {FEWEST} draws with a plan nothing is said of single facts: take more draws."
        return [few] if results.run["method"] in SPREAD else []
    said = []
    for (outcome,), rows in top.group_by("outcome", maintain_order=True):
        clear = rows.filter(pl.col("share") > pl.col("noise"))
        named = "; ".join(f"{title} ({percent(share)})" for title, share in clear.select("title", "share").iter_rows())
        noise = percent(float(rows["noise"][0]))
        if clear.is_empty():
            said.append(f"No single fact moves {outcome} by more than chance would show ({noise} of its variance).")
        else:
            count = {1: "The fact that moves", 2: "The two facts that move", 3: "The three facts that move"}[
                clear.height
            ]
            said.append(f"{count} {outcome} most, by share of its variance: {named}. Below {noise} is chance.")
    if results.run.get("crowded"):
        said.append(
            "This design has too few draws for so many inputs: some of them move together in it by chance, and their "
            "shares cannot be told apart. Use a Latin hypercube or more draws."
        )
    return said


# --- pictures ---------------------------------------------------------------------------------------------------------


def _fans(results: Results) -> list[Picture]:
    pictures = []
    periods = results.frame("periods").select("period", "start", "years")
    note = (
        "Half of the draws lie in the dark band, nine of ten in the light one; the line is the middle draw. Dashes: "
        "every number as its table says."
    )
    for (quantity, unit), rows in fans(results).group_by("quantity", "unit", maintain_order=True):
        mine = rows.filter(pl.col("period").is_not_null()).join(periods, on="period", maintain_order="left")
        if mine.height < 2:
            continue
        said = unit_words(str(unit))
        title = f"{capital(plain(str(quantity)))}: {results.run['draws']} draws, {said}"
        data = grid_of(mine.select("period", *QUANTILES, pl.col("written").alias("as written")), title)
        pictures.append(Picture(title, note, plots.fan(mine, said), data))
    return pictures


def _tornados(results: Results) -> list[Picture]:
    pictures = []
    for (outcome, unit), rows in most_moving(results).group_by("outcome", "unit", maintain_order=True):
        drawn = rows.filter(pl.col("share") > 0).with_columns(
            label=pl.struct("title", "share").map_elements(
                lambda row: f"{percent(row['share'])} {short(capital(row['title']), LABEL)}", return_dtype=pl.String
            )
        )
        if drawn.is_empty():
            continue
        said = unit_words(str(unit))
        title = f"What moves {plain(str(outcome))} over all years shown, {said}"
        note = (
            "Mean outcome of the fifth of the draws in which the fact is lowest (open end) and highest (full end); the "
            "line is the mean of all. Before each name its share of the variance; a share below "
            f"{percent(float(rows['noise'][0]))} may be chance."
        )
        data = grid_of(drawn.select("title", "share", "low", "high"), title)
        pictures.append(Picture(title, note, plots.tornado(drawn, said), data))
    return pictures


def _tables(results: Results) -> list[Grid]:
    """Prices of goods, and what was not drawn."""
    spread = spread_of(results).filter(pl.col("quantity").str.starts_with(PRICES) & pl.col("period").is_not_null())
    target = f"{PRICES}{results.run['target']}"
    middle = results.frame("periods").filter("shown").sort("index")
    told = [middle["period"][middle.height // 2]]
    prices = spread.filter((pl.col("quantity") != target) & pl.col("period").is_in(told)).filter(pl.col("p95") > 0)
    wide = prices.select(
        pl.col("quantity")
        .str.strip_prefix(PRICES)
        .map_elements(lambda text: capital(plain(text)), return_dtype=pl.String)
        .alias("good"),
        "unit", *QUANTILES, pl.col("written").alias("as written"),
    )  # fmt: skip
    tables = [grid_of(wide, f"Prices of goods traded worldwide in {told[0]}: quantiles of the draws", digits=3)]
    told_indices = results.frames.get("indices", EMPTY)
    if not told_indices.is_empty():
        by = "first" if "first" in told_indices.columns else "mean"
        ranked = told_indices.sort("outcome", by, descending=[False, True])
        tables.append(grid_of(ranked, "Sensitivity indices of compute and money over all years shown", digits=3))
    left = results.frames.get("not_drawn", EMPTY)
    if not left.is_empty():
        counted = left.group_by("table", "why").len().sort("table").rename({"len": "rows"})
        tables.append(grid_of(counted, "Rows with a range that no draw moves"))
    return tables if prices.height else tables[1:]
