"""The sections about what a plan rests on: model against record, assumptions with their grades, sources."""

import polars as pl

from teraplan.report import evidence, plots
from teraplan.report.canvas import GRADES
from teraplan.report.parts import Grid, Heat, Picture, Section, grid_of, keys
from teraplan.report.words import as_given, capital, names_of, number, percent, plain, unit_words
from teraplan.results.derive import WORLD
from teraplan.results.results import Results

SMALLEST_SHARE = 5e-5
"""A number that carries less of the target than this is listed without a share."""


def against_record(results: Results) -> Section:
    """Return the plan beside the public record: the records that count as dots and a table, the others in a table."""
    counted = evidence.held_against_record(results, counted=True)
    others = evidence.held_against_record(results, counted=False)
    parts: list[Picture | Grid | Heat] = []
    lead: list[str] = []
    if counted.height:
        met, of = evidence.score(results)
        lead.append(
            f"{met} of {of} records that count lie within their tolerance. "
            "A record counts only if nothing of the case was set from it."
        )
        title = "Miss of the model against each record that counts, relative, with its tolerance"
        note = "Full dot: within the tolerance (grey). Open: outside. Triangle: beyond the edge, with its number."
        drawn = counted.select(label=_label(results), off="off", tolerance="tolerance", passed="passed").drop_nulls(
            "off"
        )
        parts.append(
            Picture(title, note, plots.dots(drawn, "model less record, share of the record"), grid_of(drawn, title))
        )
        parts.append(_beside(counted, results, "note"))
    if others.height:
        lead.append("Inputs and outlooks are shown below the others and do not count.")
        parts.append(_beside(others, results, "reason"))
    return Section("record", "Model against record", tuple(lead), tuple(parts))


def assumptions(results: Results) -> Section:
    """Return the numbers that the plan rests on, what carries most of the target first, to be searched."""
    found, left = evidence.assumptions(results), evidence.left_out(results)
    parts: list[Picture | Grid | Heat] = [*_grades(results)]
    lead = []
    if found.height:
        grades = found.group_by("grade").len().sort("len", descending=True)
        listed = ", ".join(f"{count:,} {grade}" for grade, count in grades.iter_rows())
        more = f" {left:,} more are in the tables of the case." if left else ""
        lead.append(f"{found.height:,} numbers by grade: {listed}.{more}")
        parts.append(_numbers(found))
    return Section("assumptions", "Assumptions", tuple(lead), tuple(parts))


def _grades(results: Results) -> list[Picture]:
    """The share of each headline that rests on each grade of numbers, as bars."""
    shares = evidence.grade_shares(results)
    rows = [
        (
            f"{capital(plain(name))}: {percent(mine.get('assumption', 0.0))} assumption",
            grade,
            100 * share,
            False,
            GRADES[grade],
        )
        for name, mine in shares.items()
        for grade, share in mine.items()
    ]
    if not rows:
        return []
    drawn = pl.DataFrame(rows, schema=["label", "part", "value", "transfer", "colour"], orient="row")
    title = "What each headline rests on: share of it by grade of the numbers behind it, %"
    wide = drawn.pivot("part", index="label", values="value", maintain_order=True)
    legend = keys([grade for grade in GRADES if (drawn["part"] == grade).any()], GRADES)
    return [Picture(title, "", plots.bars(drawn, "share of the headline, %"), grid_of(wide, title), legend)]


def _numbers(found: pl.DataFrame) -> Grid:
    """Numbers as they are said: value with its range, unit, grade, source, reason."""
    rows = []
    for table, what, value, unit, low, high, grade, source, note, share in found.select(
        "table", "what", "value", "unit", "low", "high", "grade", "source", "note", "share"
    ).iter_rows():
        reach = f"{as_given(low)} to {as_given(high)}" if low is not None and high is not None else ""
        carried = f"{100 * share:.2g} %" if share > SMALLEST_SHARE else ""
        given = "" if value is None else as_given(value)
        rows.append((carried, table, what, given, unit or "", reach, grade or "", source or "", note or ""))
    columns = ("Carries", "Table", "What", "Value", "Unit", "Range", "Grade", "Source", "Note")
    numeric = (True, False, False, True, False, False, False, False, False)
    title = "Numbers that the plan rests on, and what part of the target each carries"
    return Grid(title, columns, tuple(rows), numeric)


def _label(results: Results) -> pl.Expr:
    names = names_of(results)
    place = pl.col("region").map_elements(
        lambda label: "" if label == WORLD else f", {names.region(label)}", return_dtype=pl.String
    )
    said = pl.col("record").map_elements(capital, return_dtype=pl.String)
    return said + place + ", " + pl.col("year").cast(pl.String)


def _beside(table: pl.DataFrame, results: Results, why: str) -> Grid:
    """Records beside the model, in words, with the reason for a miss or for not counting."""
    named = table.with_columns(label=_label(results))
    rows = []
    for row in named.iter_rows(named=True):
        unit = row["unit"]
        reach = (
            f" ({number(row['low'])} to {number(row['high'])})"
            if row["low"] is not None and row["high"] is not None
            else ""
        )
        verdict = "" if row["passed"] is None else "within" if row["passed"] else "outside"
        off = "–" if row["off"] is None else f"{100 * row['off']:+.0f} %".replace("-", "−")
        band = "" if row["tolerance"] is None else f"±{100 * row['tolerance']:.0f} %"
        public, model = f"{number(row['public'])}{reach}", number(row["model"])
        rows.append((row["label"], unit_words(unit), public, model, off, band, verdict, row[why] or ""))
    told = "Why it misses, or how it was read" if why == "note" else "Why it does not count"
    columns = ("Record", "Unit", "Public (range)", "Model", "Miss", "Tolerance", "Result", told)
    caption = "Records that count" if why == "note" else "Inputs and outlooks, which do not count"
    return Grid(caption, columns, tuple(rows), (False, False, True, True, True, True, False, False))
