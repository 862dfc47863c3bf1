"""The headline answers, in sentences made from the plans: what comes out, what it costs, what stands in the way.

Every number in a sentence is read off a plan; the words around it hold for any plan. Differences come first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from teraplan.report.effects import Sentences, budgets, over_time, programmes
from teraplan.report.evidence import grade_shares, held_against_record, score
from teraplan.report.ladder import NATURES, first_to_bind
from teraplan.report.tables import (
    cost_over_time,
    hosted_and_used,
    makers_of_target,
    money_by_item,
    money_by_year,
    shown_periods,
    sites_by_region,
    target_served,
)
from teraplan.report.words import (
    NO_MAKER,
    SPACE,
    amount,
    capital,
    change,
    inside,
    item,
    joined,
    names_of,
    number,
    percent,
    period_words,
    short,
)
from teraplan.results.compare import headline_periods
from teraplan.results.results import Results

FOREMOST = 3
"""How many regions and makers a sentence names."""
LONGEST = 6
"""How many spans of limits a sentence names."""
WORST = 2
"""How many misses of the record a sentence names."""


@dataclass(frozen=True)
class Answer:
    """A question, its answer in sentences (plan, what is said of it; a note names no plan), and what it rests on.

    grades: the share of the answer that rests on each grade of numbers [1]; `like` names the quantity whose shares they
    are, where the answer has none of its own.
    """

    question: str
    sentences: Sentences
    grades: Mapping[str, float] = field(default_factory=dict)
    like: str = ""


def answers(runs: Mapping[str, Results], frontier: Results | None = None) -> list[Answer]:
    """Return the headline answers about plans by name, the first the baseline; what is not known stays out.

    frontier: many budgets on top of that baseline.
    """
    if not runs:
        return []
    label = str(_baseline(runs).run["target"])
    target, shares = names_of(_baseline(runs)).thing(label).lower(), grade_shares(_baseline(runs))
    of_target = shares.get(f"{label} served", {})
    found = [
        Answer(f"How much {target} is in service?", _levels(runs, target_served), of_target),
        Answer("When does the difference come, and how large does it get?", (*over_time(runs), *budgets(frontier))),
        Answer("What does a programme spend?", programmes(runs)),
        Answer("How much power do the sites have?", _levels(runs, sites_by_region), shares.get("sites in service", {})),
        Answer("What does it cost a year and in all?", _money(runs), shares.get("money", {})),
        Answer(f"What does an hour of {target} cost?", _cost(runs), of_target, target),
        Answer("What stands in the way first, and until when?", _bottlenecks(runs), of_target, target),
        Answer("Who hosts, who makes?", _who(runs), of_target, target),
        Answer("Does the plan fit the record?", _record(_baseline(runs))),
    ]
    return [answer for answer in found if answer.sentences]


# --- quantities -------------------------------------------------------------------------------------------------------


def _levels(runs: Mapping[str, Results], table: Callable[[Results], pl.DataFrame]) -> Sentences:
    """Levels of the baseline in the told periods, and what every other plan adds to them."""
    name, baseline = next(iter(runs.items()))
    before = {period: _total(table(baseline), period) for period in headline_periods(baseline)}
    unit = table(baseline)["unit"].to_list()[:1]
    if not unit:
        return ()
    said = [f"{amount(value, unit[0])} in {period_words(period)}" for period, value in before.items()]
    added = []
    for other, results in _others(runs):
        after = table(results)
        changes = [change(_total(after, period), value, unit[0], period) for period, value in before.items()]
        added.append((other, f"{joined(changes)}."))
    return (*added, (name, f"{joined(said)}, as the mean of the period."))


def _cost(runs: Mapping[str, Results]) -> Sentences:
    said: list[tuple[str, str]] = []
    for name, results in runs.items():
        table = cost_over_time(results).filter(pl.col("period").is_in(headline_periods(results)))
        parts = [
            f"{number(value)} {unit} of real resources, {number(marked_up)} with mark-ups, in {period_words(period)}"
            for period, value, marked_up, unit in table.select("period", "value", "marked_up", "unit").iter_rows()
        ]
        if parts:
            said.append((name, f"{'; '.join(parts)}."))
    return (*said, ("", "Mean over what new machines make.")) if said else ()


# --- money ------------------------------------------------------------------------------------------------------------


def _money(runs: Mapping[str, Results]) -> Sentences:
    """Money a year and in all, transfers apart: differences to the baseline first."""
    name, baseline = next(iter(runs.items()))
    if money_by_year(baseline).is_empty():
        return ()
    unit = str(baseline.run["money_unit"])
    before, moved = _spent(baseline)
    span = _span(baseline)
    said = []
    for other, results in _others(runs):
        after, moved_after = _spent(results)
        parts = [change(after[year], value, unit, year) for year, value in before.items()]
        said.append((other, f"{joined(parts)}; transfers {change(moved_after, moved, unit, span)}."))
    yearly = joined([f"{amount(value, unit)} in {period_words(year)}" for year, value in before.items()])
    items = [item(label) for label in money_by_item(baseline).filter("transfer")["item"].unique().sort()]
    transfers = f"; transfers ({', '.join(items)}) {amount(moved, unit)} on top" if items else ""
    return (*said, (name, f"{yearly}{transfers}. Undiscounted money of {baseline.run['base_year']}."))


def _spent(results: Results) -> tuple[dict[str, float], float]:
    """Real money by told year and over the whole shown span; transfers over the span."""
    table = money_by_year(results)
    real, moved = table.filter(~pl.col("transfer")), table.filter("transfer")
    starts = shown_periods(results).filter(pl.col("period").is_in(headline_periods(results)))["start"].to_list()
    yearly = {f"{int(start)}": _total(real, f"{int(start)}") for start in starts}
    return {**yearly, _span(results): float(real["value"].sum())}, float(moved["value"].sum())


def _span(results: Results) -> str:
    shown = shown_periods(results)
    return f"{int(shown['start'][0])}–{int(shown['end'][-1] - 1e-9)}"


# --- limits, places, record -------------------------------------------------------------------------------------------


def _bottlenecks(runs: Mapping[str, Results]) -> Sentences:
    said = []
    for name, results in runs.items():
        frame = results.frames.get("bottlenecks", pl.DataFrame())
        told = [nature for nature in NATURES if "nature" in frame.columns and (frame["nature"] == nature).any()]
        natures: Sequence[str | None] = told or [None]
        for nature in natures:
            spans = first_to_bind(results, nature)
            if nature not in (None, NATURES[0]):  # of limits that people set, only the one that is worth most
                spans = sorted(spans, key=lambda span: -span.worth)[:1]
            parts = [f"{inside(span.limit)} {_when(span.first, span.last)}" for span in spans[:LONGEST]]
            kind = f", {nature} limits" if nature else ""
            if parts:
                said.append((f"{name}{kind}", f"{'; then '.join(parts)}."))
    return tuple(said)


def _who(runs: Mapping[str, Results]) -> Sentences:
    said: list[tuple[str, str]] = []
    for name, results in runs.items():
        if "flows" not in results.frames or not headline_periods(results):
            continue
        period = headline_periods(results)[-1]
        hosts = _foremost(hosted_and_used(results, period).select("region", "hosted"))
        makers = _foremost(makers_of_target(results, period).filter(pl.col("maker") != NO_MAKER))
        machines = f"; machines by {makers}" if makers else ""
        if hosts:
            said.append((f"{name}, {period_words(period)}", f"hosted in {hosts}{machines}."))
    return tuple(said)


def _record(baseline: Results) -> Sentences:
    met, counted = score(baseline)
    if not counted:
        return ()
    missed = held_against_record(baseline, counted=True).filter(~pl.col("passed")).head(WORST)
    worst = [
        f"{capital(record)} {year}, {off:+.0%}".replace("-", "−").replace("%", f"{SPACE}%")
        for record, year, off in missed.select("record", "year", "off").drop_nulls("off").iter_rows()
    ]
    named = f" Worst: {'; '.join(worst)}." if worst else ""
    return (("", f"{met} of {counted} public records that count are met within their tolerance.{named}"),)


# --- private ----------------------------------------------------------------------------------------------------------


def _baseline(runs: Mapping[str, Results]) -> Results:
    return next(iter(runs.values()))


def _others(runs: Mapping[str, Results]) -> list[tuple[str, Results]]:
    return list(runs.items())[1:]


def _total(table: pl.DataFrame, period: str) -> float:
    return float(table.filter(pl.col("period") == period)["value"].sum())


def _foremost(shares: pl.DataFrame) -> str:
    """The largest by name with their shares: `Norway 40 %, Chile 25 %`."""
    label, value = shares.columns
    total = float(shares[value].sum())
    if total <= 0:
        return ""
    largest = shares.sort(value, descending=True).head(FOREMOST)
    return ", ".join(f"{short(name)} {percent(part / total)}" for name, part in largest.iter_rows())


def _when(first: str, last: str) -> str:
    if first == last:
        return f"in {period_words(first)}"
    return f"from {period_words(first)} to {period_words(last)}"
