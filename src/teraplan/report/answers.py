"""The headline answers, in sentences made from the plans: what comes out, what it costs, what stands in the way.

Every number in a sentence is read off a plan; the words around it hold for any plan. Differences come first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from teraplan.report.evidence import grade_shares, score
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
from teraplan.report.words import NO_MAKER, amount, item, names_of, number, percent, period_words, short
from teraplan.results.compare import headline_periods
from teraplan.results.results import Results

SPENT = 0.999
"""Share of a budget above which it counts as spent."""
FOREMOST = 3
"""How many regions and makers a sentence names."""
LONGEST = 6
"""How many spans of limits a sentence names."""
Sentences = tuple[tuple[str, str], ...]


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


def answers(runs: Mapping[str, Results]) -> list[Answer]:
    """Return the headline answers about plans by name, the first the baseline; what is not known stays out."""
    if not runs:
        return []
    label = str(_baseline(runs).run["target"])
    target, shares = names_of(_baseline(runs)).thing(label).lower(), grade_shares(_baseline(runs))
    of_target = shares.get(f"{label} served", {})
    found = [
        Answer(f"How much {target} is in service?", _levels(runs, target_served), of_target),
        Answer("What does a programme spend?", _programmes(runs)),
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
        changes = [_change(_total(after, period), value, unit[0], period) for period, value in before.items()]
        added.append((other, f"{_joined(changes)}."))
    return (*added, (name, f"{_joined(said)}, as the mean of the period."))


def _change(value: float, baseline: float, unit: str, period: str) -> str:
    """A difference first, then what it is a difference of."""
    more = value - baseline
    if abs(more) <= 5e-4 * abs(baseline):
        return f"no change in {period_words(period)} ({amount(value, unit)})"
    relative = f", {'+' if more > 0 else ''}{percent(more / baseline)}" if baseline else ""
    sign = "+" if more > 0 else ""
    new, old = amount(value, unit), amount(baseline, unit)
    short, _, size = new.partition(" ")
    both = f"{short if old.endswith(f' {size}') else new} against {old}{relative}"
    return f"{sign}{amount(more, unit)} in {period_words(period)} ({both})"


def _cost(runs: Mapping[str, Results]) -> Sentences:
    said: list[tuple[str, str]] = []
    for name, results in runs.items():
        table = cost_over_time(results).filter(pl.col("period").is_in(headline_periods(results)))
        parts = [
            f"{number(mean)} {unit} in {period_words(period)}"
            + (f" ({number(low)} to {number(high)})" if low != high else "")
            for period, mean, unit, low, high in table.select("period", "value", "unit", "low", "high").iter_rows()
        ]
        if parts:
            said.append((name, f"{_joined(parts)}."))
    note = (
        "Mean over what new machines make; in brackets the cheapest and dearest region with a hundredth of it or more."
    )
    return (*said, ("", note)) if said else ()


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
        parts = [_change(after[year], value, unit, year) for year, value in before.items()]
        said.append((other, f"{_joined(parts)}; transfers {_change(moved_after, moved, unit, span)}."))
    yearly = _joined([f"{amount(value, unit)} in {period_words(year)}" for year, value in before.items()])
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


def _programmes(runs: Mapping[str, Results]) -> Sentences:
    said = []
    for name, results in runs.items():
        programme, unit = results.run.get("programme"), str(results.run["money_unit"])
        if not isinstance(programme, Mapping) or programme.get("spent") is None:
            continue
        budget, spent = float(programme["budget"]), float(programme["spent"])
        years = f"orders from {programme['from']:.0f} to {programme['until']:.0f} and what runs on in those years"
        whole = f"{amount(budget, unit)} on top of the baseline for {years};"
        if spent >= SPENT * budget:
            said.append((name, f"{whole} all of it is spent."))
        else:
            left = f"the other {amount(budget - spent, unit)} would add nothing, because other limits stand in the way"
            said.append((name, f"{whole} {amount(spent, unit)} is spent, {left}."))
    return tuple(said)


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
            parts = [f"{_lower(span.limit)} {_when(span.first, span.last)}" for span in spans[:LONGEST]]
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
    return (("", f"{met} of {counted} public records that count are met within their tolerance."),)


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


def _lower(limit: str) -> str:
    """A limit inside a sentence; a word that is all capitals, or has one inside, keeps its first letter."""
    word = limit.split(" ", 1)[0]
    return limit if word[1:] != word[1:].lower() else limit[:1].lower() + limit[1:]


def _joined(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
