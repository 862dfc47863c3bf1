"""A hedge told in sentences: what is ordered now, what waits for which node, what that costs and what it saves."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import stdtrit

from teraplan.report.words import Names, amount, as_given, capital, inside, joined, number, percent, period_words, plain
from teraplan.results.results import Results

FOREMOST = 4
"""Orders that are named in a sentence."""
SOON = 2.0
"""How long after the first branching an order that waited counts as soon [year]."""
MATERIAL = 1e-3
"""Share of all that is ordered of a process, before and after, from which a difference of its orders is told [1]."""
ROUNDING = 2e-6
"""Share of the cost below which a difference is that of two solutions, not of two plans [1]."""
PLANS = {
    "hedge": "the hedge",
    "mean": "the orders of the plan for the mean of the futures",
    "likely": "the orders of the plan for the likeliest future",
    "alone": "each future known from the start",
}
INTERVAL = (0.05, 0.95)
"""Quantiles between which nine in ten gains lie."""


def story(results: Results, names: Names) -> tuple[str, ...]:
    """Return the hedge in sentences, with numbers and units; names: of its processes and regions."""
    told = [_what(results), *_now(results, names), *_waits(results, names), *_by_leaf(results), *_worth(results)]
    return (*told, *_fails(results), *_fresh(results))


def sums_now(results: Results) -> pl.DataFrame:
    """Return orders before the first branching by process, regions together, the largest difference in money first:
    process, unit, hedge, other, difference, paid, later; beside those of the likeliest future."""
    mine = results.frame("now").filter(against="likely")
    summed = mine.group_by("process", "unit", maintain_order=True).agg(
        pl.col("hedge", "other", "difference", "paid", "later").sum()
    )
    size = MATERIAL * (pl.max_horizontal("hedge", "other") + pl.col("later"))
    return summed.filter(pl.col("difference").abs() > size).sort(pl.col("paid").abs(), descending=True)


def costs(results: Results) -> pl.DataFrame:
    """Return what each leaf costs by plan: leaf, probability, hedge, alone, and mean and likely where they can be."""
    wide = results.frame("leaves").pivot("plan", index=["leaf", "probability"], values="cost", maintain_order=True)
    return wide.sort("probability", descending=True, maintain_order=True)


def _money(results: Results, value: float) -> str:
    return amount(value, str(results.run["money_unit"]))


def _what(results: Results) -> str:
    nodes, run = results.frame("nodes"), results.run
    leaves, stages = results.frame("leaves").filter(plan="hedge").height, int(nodes["stage"].to_numpy().max())
    weight, share = float(str(run["weight"])), float(str(run["share"]))
    measure = "at the least mean cost"
    if weight:
        measure = f"with weight {as_given(weight)} on the mean of the worst {percent(share)} of the futures"
    return (
        f"{leaves} futures in {stages} stages, the first branching in "
        f"{_when(results)}, planned together {measure}: {_money(results, _measure(results, 'RP'))}."
    )


def _now(results: Results, names: Names) -> list[str]:
    found, when = sums_now(results), _when(results)
    sentences = []
    for more, said in ((True, "more"), (False, "less")):
        rows = found.filter(pl.col("difference") > 0 if more else pl.col("difference") < 0).head(FOREMOST)
        if rows.height:
            parts = [_difference(row, names) for row in rows.iter_rows(named=True)]
            sentences.append(f"Order {said} before {when} than for the likeliest future alone: {joined(parts, '; ')}.")
    if not sentences:
        sentences.append(f"Before {when} the hedge orders nothing that the plan for the likeliest future does not.")
    if not results.run["near"]:
        sentences.append(
            "Other plans of the same cost may order otherwise: the nearest to that plan was not sought out."
        )
    return sentences


def _difference(row: Mapping[str, float], names: Names) -> str:
    thing, unit = inside(names.thing(str(row["process"]))), str(row["unit"])
    return f"{amount(abs(row['difference']), unit)} of {thing} ({number(row['hedge'])} against {number(row['other'])})"


def _waits(results: Results, names: Names) -> list[str]:
    """For what is ordered less now: how much of it is ordered soon after, in which node."""
    fewer = sums_now(results).filter((pl.col("difference") < 0) & (pl.col("later") > 0)).head(FOREMOST)
    first = results.frame("nodes").filter(pl.col("stage") == 2)["node"].to_list()
    known = float(str(results.run["first_branching"]))
    soon = results.frame("periods").filter(pl.col("start").is_between(known, known + SOON, closed="left"))
    orders = results.frame("orders").filter(plan="hedge").join(soon.select("period"), on="period", how="semi")
    span = joined([period_words(period) for period in soon["period"]])
    sentences = []
    for row in fewer.iter_rows(named=True):
        mine = orders.filter((pl.col("process") == row["process"]) & pl.col("node").is_in(first))
        sums = dict(mine.group_by("node").agg(pl.col("value").sum()).iter_rows())
        told = [amount(sums.get(node, 0.0), str(row["unit"])) for node in first]
        thing = capital(names.thing(str(row["process"])))
        if len(set(told)) > 1:
            parts = [f"{much} in {plain(node)}" for much, node in zip(told, first, strict=True)]
            sentences.append(f"{thing} waits: in {span} the hedge orders {joined(parts)}.")
        elif any(sums.values()):
            sentences.append(f"{thing} comes later, whatever comes: in {span} the hedge orders {told[0]}.")
        else:
            sentences.append(f"{thing} is not ordered in {span} either, whatever comes.")
    return sentences


def _by_leaf(results: Results) -> list[str]:
    table = costs(results)
    if "likely" not in table.columns:
        return []
    rounding = ROUNDING * float(table["hedge"].abs().max())  # type: ignore[arg-type]
    dearer: list[str] = []
    cheaper: list[str] = []
    for row in table.iter_rows(named=True):
        more = row["hedge"] - row["likely"]
        if abs(more) > rounding:
            told = f"{_money(results, abs(more))} in {plain(row['leaf'])} (chance {percent(row['probability'])})"
            (dearer if more > 0 else cheaper).append(told)
    sentences = []
    if dearer:
        sentences.append(f"Beside the orders of the likeliest future it costs more: {joined(dearer)}.")
    if cheaper:
        sentences.append(f"It saves {joined(cheaper)}.")
    return sentences


def _worth(results: Results) -> list[str]:
    evpi, vss, rp = (_measure(results, name) for name in ("EVPI", "VSS", "RP"))
    worth, share = _money(results, evpi), percent(evpi / abs(rp))
    known = f"To know the future from the start would be worth {worth} ({share} of the cost)"
    if vss is None or np.isnan(vss):
        return [f"{known}."]
    if abs(vss) <= ROUNDING * abs(rp):
        return [f"{known}; planning for all futures instead of their mean gains nothing."]
    gain = f"{_money(results, vss)} ({percent(vss / abs(rp))})"
    return [f"{known}; planning for all futures instead of their mean gains {gain}."]


def _fails(results: Results) -> list[str]:
    failing = results.run.get("cannot_meet")
    if not isinstance(failing, Mapping):
        return []
    sentences = []
    for name, leaves in failing.items():
        where = joined([plain(str(leaf)) for leaf in leaves]) if leaves else "the tree, though in each future alone"
        sentences.append(f"{capital(PLANS[str(name)])} leave no plan in {where}.")
    return sentences


def _fresh(results: Results) -> list[str]:
    """What the hedge gains over each other plan in futures that nobody planned for."""
    sentences = []
    for other in ("mean", "likely"):
        gain = gains(results, other)
        if not gain.size:
            continue
        low, high = np.quantile(gain, INTERVAL)
        error = _error_of_mean(gain)
        sentences.append(
            f"In {gain.size} fresh futures the hedge gains {_money(results, float(gain.mean()))} on {PLANS[other]} in "
            f"the mean (90 % interval of the mean ± {_money(results, error)}); nine in ten gains lie from "
            f"{_money(results, float(low))} to {_money(results, float(high))}."
        )
    lost = results.frame("fresh").filter(pl.col("cost").is_null())
    for plan, mine in lost.group_by("plan", maintain_order=True):
        sentences.append(f"{capital(PLANS[str(plan[0])])} cannot meet {mine.height} of the fresh futures.")
    return sentences


def _error_of_mean(gain: NDArray[np.float64]) -> float:
    """Half the width of the 90 % interval of a mean by Student's t; not a number for a single gain."""
    if gain.size < 2:
        return float("nan")
    return float(stdtrit(gain.size - 1, INTERVAL[1]) * np.std(gain, ddof=1) / gain.size**0.5)


def gains(results: Results, over: str) -> NDArray[np.float64]:
    """Return by how much the hedge costs less than another plan in each fresh future that both meet [money unit]."""
    wide = results.frame("fresh").pivot("plan", index="draw", values="cost")
    if not {"hedge", over} <= set(wide.columns):
        return np.zeros(0)
    return wide.select(gain=pl.col(over) - pl.col("hedge")).drop_nulls()["gain"].to_numpy()


def _when(results: Results) -> str:
    """The year of the first branching."""
    return f"{float(str(results.run['first_branching'])):g}"


def _measure(results: Results, name: str) -> float:
    return results.frame("measures").filter(measure=name)["value"][0]  # type: ignore[no-any-return]
