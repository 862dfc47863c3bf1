"""Why two plans differ: which data, which limits bind in one alone, what is made and ordered otherwise, by stage."""

from collections.abc import Mapping, Sequence

import polars as pl

from teraplan.explain.explanation import Explanation, Sentence
from teraplan.report.words import amount, as_given, change, limit_words, names_of, period_words
from teraplan.results.compare import compare
from teraplan.results.derive import SMALL
from teraplan.results.results import Results

DIFFERENCE = "difference"
MOST = 5
"""How many lines, limits and figures of a kind are told."""
MOVED = 1e-3
"""A stage has moved if something in it differs by more than this share of the stage's largest amount."""
EACH = ("equation", "what", "place")
NUMBER = ("table", "what")
RUNS = ("activity", "sliced_activity")


def why_different(one: Results, other: Results) -> Explanation:
    """Return why a plan differs from another, the first being what the second is held against.

    Data first (settings, edits, numbers of the tables), then headline figures, then limits that bind in one alone, then
    by stage what is made and ordered otherwise. Raises StoreError for runs that are no plans, or of different cases.
    """
    differing = compare([one, other]).filter(pl.col("difference") != 0)
    first, second = (str(run.run.get("name") or run.run.get("scenario") or run.run["case"]) for run in (one, other))
    data = [*_settings(one, other), *_edits(one, other, (first, second)), *_numbers(one, other)]
    told = [
        *(data or [Sentence("Both were planned from the same data.")]),
        *_figures(differing),
        *_binding(one, other, first),
        *_binding(other, one, second),
        *_moved(one, other),
    ]
    head = f"{second} against {first}: {differing.height} headline figures differ."
    return Explanation(DIFFERENCE, head, tuple(told))


# --- data -------------------------------------------------------------------------------------------------------------


def _settings(one: Results, other: Results) -> list[Sentence]:
    """What was sought, and what the plans stand on."""
    asked = {"objective_name": "objective", "view": "view", "horizon_end": "horizon end", "keep": "kept plan"}
    asked["programme"] = "programme"
    return [
        Sentence(f"The {name} is {_said(other.run.get(key))} against {_said(one.run.get(key))}.")
        for key, name in asked.items()
        if _said(one.run.get(key)) != _said(other.run.get(key))
    ]


def _said(value: object) -> str:
    """A setting in words: of a programme its budget, of kept plans their names."""
    if isinstance(value, Mapping):
        return f"one of {as_given(float(value['budget']))}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(f"{keep['run']} ({keep.get('as', 'fixed')})" for keep in value) or "none"
    return "none" if value is None else str(value)


def _edits(one: Results, other: Results, names: tuple[str, str]) -> list[Sentence]:
    """Edits of one run that the other does not have."""
    told = []
    for name, mine, others in ((names[1], other, one), (names[0], one, other)):
        rest = {_change(edit) for edit in _edits_of(others)}
        told += [Sentence(f"Only {name} has the edit {edit}.") for edit in _edits_of(mine) if _change(edit) not in rest]
    return told


def _edits_of(results: Results) -> list[str]:
    edits = results.run["edits"]
    assert isinstance(edits, Sequence)
    return [str(edit) for edit in edits]


def _change(edit: str) -> str:
    """What an edit does, whoever asks for it."""
    return edit.rpartition(": ")[-1].removeprefix("--set ")


def _numbers(one: Results, other: Results) -> list[Sentence]:
    """Numbers of the tables that are written otherwise, where the tables differ; those that weigh most first."""
    if one.run["case_hash"] == other.run["case_hash"]:
        return []
    columns = [*NUMBER, "line", "value", "unit", "share"]
    frames = [results.frame("assumptions").select(columns).unique(NUMBER, keep="first") for results in (one, other)]
    both = frames[0].join(frames[1], on=list(NUMBER), how="full", coalesce=True, suffix="_other")
    same = pl.col("value").eq_missing(pl.col("value_other")) & pl.col("unit").eq_missing(pl.col("unit_other"))
    there = pl.col("line").is_not_null() & pl.col("line_other").is_not_null()
    weight = pl.max_horizontal("share", "share_other")
    changed = both.filter(~(same & there)).sort(weight, *NUMBER, descending=[True, False, False])
    if not changed.height:
        return [
            Sentence("The files of the case differ, but in no number that has a unit: in words, dates or settings.")
        ]
    more = changed.height - MOST
    rest = [Sentence(f"{more} more numbers of the tables differ.")] if more > 0 else []
    return [_written(row) for row in changed.head(MOST).iter_rows(named=True)] + rest


def _written(row: Mapping[str, object]) -> Sentence:
    """A number that is written otherwise, with its line in the second run's table."""
    line = row["line_other"] if row["line_other"] is not None else row["line"]
    said = [
        "no row" if row[f"line{end}"] is None else f"{as_given(_float(row[f'value{end}']))} {row[f'unit{end}'] or ''}"
        for end in ("_other", "")
    ]
    return Sentence(f"{row['table']}.csv line {line}, {row['what']}: {said[0].strip()} against {said[1].strip()}.")


def _float(value: object) -> float | None:
    return None if value is None else float(str(value))


# --- figures, limits, stages ------------------------------------------------------------------------------------------


def _figures(differing: pl.DataFrame) -> list[Sentence]:
    """The headline figures that differ most, one period of each."""
    largest = differing.filter(pl.col("period").is_not_null()).unique("quantity", keep="first", maintain_order=True)
    return [
        Sentence(
            f"{row['quantity']}: {change(row['value'], row['baseline'], row['unit'], row['period'])}.",
            numbers={"first": row["baseline"], "second": row["value"]},
        )
        for row in largest.head(MOST).iter_rows(named=True)
    ]


def _binding(mine: Results, others: Results, name: str) -> list[Sentence]:
    """The deepest limits that bind in a plan and never in the other."""
    shown = mine.frame("periods").filter("shown").select("period", "index", "years")
    shown = shown.join(others.prices, on="period", how="semi")
    there = mine.bottlenecks.join(shown, on="period").join(others.bottlenecks, on=list(EACH), how="anti")
    worth = (pl.col("worth") * pl.col("years")).sum().alias("total")
    first, last = pl.col("period").first(), pl.col("period").last().alias("end")
    spans = there.sort("index").group_by(EACH).agg(worth, first, last)
    told = []
    for row in spans.sort("total", *EACH, descending=[True, *[False] * 3]).head(MOST).iter_rows(named=True):
        where = "" if row["place"] in ("*", "WLD") else f", {row['place']}"
        years = " to ".join(dict.fromkeys([period_words(row["period"]), period_words(row["end"])]))
        limit = limit_words(row["equation"], row["what"], names_of(mine))
        told.append(Sentence(f"Only in {name} this binds: {limit}{where}, {years}.", numbers={"worth": row["total"]}))
    return told


def _moved(one: Results, other: Results) -> list[Sentence]:
    """By stage, the orders and the output of one process in one region that moved most over the years shown."""
    parts = [_moves(_ordered(one), _ordered(other), "orders of"), _moves(_made(one), _made(other), "output of")]
    both = pl.concat(parts).sort("stage", "what", descending=[False, True])
    return [
        Sentence(
            f"{row['stage']}: {row['what']} {row['process']} in {row['region']} over the years shown, "
            f"{amount(row['second'], row['unit'])} against {amount(row['first'], row['unit'])}.",
            numbers={"first": row["first"], "second": row["second"]},
        )
        for row in both.iter_rows(named=True)
    ]


def _moves(one: pl.DataFrame, other: pl.DataFrame, what: str) -> pl.DataFrame:
    """The largest difference of each stage, in its unit, against the largest amount that the stage has anywhere."""
    label = ["stage", "process", "region", "unit"]
    both = one.rename({"value": "first"}).join(other.rename({"value": "second"}), on=label, how="full", coalesce=True)
    filled = both.with_columns(pl.col("first", "second").fill_null(0.0)).with_columns(what=pl.lit(what))
    moved = (pl.col("second") - pl.col("first")).abs()
    top = pl.max_horizontal("first", "second").max().over("stage", "unit")
    sized = filled.with_columns(size=moved / top).filter((pl.col("size") > MOVED) & (moved > SMALL))
    ranked = sized.sort("size", *label, descending=[True, *[False] * 4])
    return ranked.unique("stage", keep="first", maintain_order=True)


def _ordered(results: Results) -> pl.DataFrame:
    """Capacity ordered in the years shown: stage, process, region, unit, value."""
    shown = results.frame("periods").filter("shown").select("period")
    words = results.frame("processes").select("process", "stage", unit="capacity_unit")
    orders = results.frame("order").join(shown, on="period").join(words, on="process")
    return orders.group_by("stage", "process", "region", "unit").agg(pl.col("value").sum())


def _made(results: Results) -> pl.DataFrame:
    """Activity over the years shown: stage, process, region, unit, value as an amount."""
    shown = results.frame("periods").filter("shown").select("period", "years")
    words = results.frame("processes").select("process", "stage", unit="activity_unit")
    run = pl.concat([results.frame(name).select("process", "region", "period", "value") for name in RUNS])
    dated = run.join(shown, on="period").join(words, on="process")
    return dated.group_by("stage", "process", "region", "unit").agg((pl.col("value") * pl.col("years")).sum())
