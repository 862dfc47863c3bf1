"""Many draws of what is not known for sure, each planned: what compute, money and prices may come to, and how often.

A draw gives every fact (see `facts`) a quantile of its spread. The cases are solved by `ensemble.solve_many`, so they
stream to a store, are resumed, and depend neither on their order nor on the number of workers. A draw that no plan can
meet is an outcome too: it is counted and named.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, replace
from importlib.metadata import version

import numpy as np
import polars as pl

from teraplan.case.case import Case
from teraplan.errors import CaseError, Fault
from teraplan.executor import Failure, Outcome
from teraplan.planner import Warm
from teraplan.results.results import Results
from teraplan.uncertainty.ensemble import Means, Question, solve_many
from teraplan.uncertainty.samples.correlation import Inputs, inputs_of
from teraplan.uncertainty.samples.draws import SPREAD, Design, Floats, quantiles
from teraplan.uncertainty.samples.facts import Drawn, drawn_case, facts_of, not_drawn
from teraplan.uncertainty.samples.outcomes import MONEY, SERVED, outcomes_of
from teraplan.uncertainty.samples.sensitivity import Layout, indices, layout

MARGIN = 1.3
CENTRE = "as written"
"""The item that is the case itself, every number as its table says."""


def sample(
    case: Case,
    n: int = 1000,
    design: Design | None = None,
    executor: Executor | int | None = None,
    means: Means | None = None,
) -> Results:
    """Return what many draws of the facts of a case come to.

    n: how many draws (see `Design` for what it means of each method). executor: any concurrent.futures executor, or a
    number of local processes; none: one a processor. means: where results are kept and who is told, in place of it.
    Raises CaseError where the case has no fact with a range, ArgumentError for a design that cannot be.

    The frames are `facts`, `not_drawn` (rows with a range that no draw moves, and why), `draws` (draw, fact, quantile),
    `outcomes` (draw, quantity, period, value, unit), `as_written` (the same of the case itself) and `failures` (draw,
    kind, why); of morris and saltelli `indices`, of saltelli over stages. `Results.run` says how the draws were made.
    """
    design, means = design or Design(), means or Means()
    if executor is not None:
        means = replace(means, executor=executor)
    facts = facts_of(case.tables)
    if not facts.height:
        fix = "give numbers low and high, their 5th and 95th percentile"
        raise CaseError(
            case.name, (Fault(case.name, "no number of a plan has a range: there is nothing to draw", fix),)
        )
    inputs = inputs_of(case.tables, facts)
    inputs = inputs if design.method != "saltelli" else by_stage(inputs, facts)
    asked = None if design.method in SPREAD else layout(n, inputs.factor_of, design)
    independent = quantiles(n, len(inputs.names), design) if asked is None else asked.quantiles
    spread = inputs.facts(independent)
    found = solved(case, facts, spread, means)
    crowded = asked is None and _crowded(independent)
    results = _gathered(case, (facts, inputs, spread), found, {**asdict(design), "crowded": crowded})
    return results if asked is None else _with_indices(results, asked, inputs.factors)


def solved(
    case: Case, facts: pl.DataFrame, spread: Floats, means: Means, warm: Warm = "never"
) -> Outcome[pl.DataFrame]:
    """Return the figures of each row of quantiles, (draws, facts), by name of draw, and of the case as written."""
    items: dict[str, Drawn] = {CENTRE: {}}
    items |= {name_of(at): lines_of(facts, row) for at, row in enumerate(spread)}
    return solve_many(case, items, Question(drawn_case, outcomes_of, warm), means)


def name_of(draw: int) -> str:
    """Return the name of a draw by its number."""
    return f"draw {draw:05d}"


def lines_of(facts: pl.DataFrame, row: Floats) -> Drawn:
    """Return the quantiles of the lines of each fact by table and line."""
    found: dict[str, dict[int, float]] = {}
    for (table, lines), quantile in zip(facts.select("table", "lines").iter_rows(), row, strict=True):
        found.setdefault(table, {}).update(dict.fromkeys(lines, float(quantile)))
    return found


def _gathered(
    case: Case,
    drawn_from: tuple[pl.DataFrame, Inputs, Floats],
    found: Outcome[pl.DataFrame],
    asked: Mapping[str, object],
) -> Results:
    facts, inputs, spread = drawn_from
    if CENTRE in found.failures:
        failure = found.failures[CENTRE]
        raise CaseError(case.name, (Fault(case.name, f"as written: {failure.message}", "mend the case first"),))
    results = dict(found.results)
    written = results.pop(CENTRE)
    number = {name_of(at): at for at in range(len(spread))}
    told = [frame.select(pl.lit(number[name]).alias("draw"), pl.all()) for name, frame in results.items()]
    frames = {
        "facts": _told(facts, inputs),
        "not_drawn": not_drawn(case.tables, facts),
        "draws": _long(facts, spread),
        "outcomes": pl.concat(told) if told else written.clear().select(pl.lit(0).alias("draw"), pl.all()).clear(),
        "as_written": written,
        "failures": _failures(found.failures, number),
        **_words(case),
    }
    return Results(run={**_record(case, frames), **asked, "draws": len(spread)}, frames=frames)


def _told(facts: pl.DataFrame, inputs: Inputs) -> pl.DataFrame:
    """The facts with the input that moves each, and the factor that it belongs to."""
    names = [inputs.names[at] for at in inputs.input_of]
    factors = [inputs.factors[inputs.factor_of[at]] for at in inputs.input_of]
    lines = pl.col("lines").list.eval(pl.element().cast(pl.String)).list.join(", ")
    return facts.with_columns(lines, pl.Series("input", names), pl.Series("factor", factors))


def _long(facts: pl.DataFrame, spread: Floats) -> pl.DataFrame:
    draws = pl.DataFrame({"draw": range(len(spread))}, schema={"draw": pl.Int32})
    return draws.join(facts.select("fact"), how="cross").with_columns(quantile=pl.Series(spread.ravel()))


def _failures(failures: Mapping[str, Failure], number: Mapping[str, int]) -> pl.DataFrame:
    rows = [(number[name], one.kind, one.message) for name, one in failures.items()]
    return pl.DataFrame(rows, schema={"draw": pl.Int32, "kind": pl.String, "why": pl.String}, orient="row")


def _words(case: Case) -> dict[str, pl.DataFrame]:
    frames = case.tables.frames
    return {
        "periods": case.periods,
        "regions": frames["regions"].select("region", "name", "latitude", "longitude"),
        "processes": case.processes,
        "commodities": case.commodities,
    }


def by_stage(inputs: Inputs, facts: pl.DataFrame) -> Inputs:
    """Return inputs whose factors are the stages of their facts: few enough for Sobol indices."""
    stages = facts["stage"].to_list()
    first = {at: stages[fact] for fact, at in reversed(list(enumerate(inputs.input_of)))}
    of_factor = {factor: first[at] for at, factor in reversed(list(enumerate(inputs.factor_of)))}
    named = [of_factor[factor] for factor in inputs.factor_of]
    order = {name: at for at, name in enumerate(dict.fromkeys(named))}
    return replace(inputs, factor_of=tuple(order[name] for name in named), factors=tuple(order))


def totals(results: Results) -> pl.DataFrame:
    """Return what each draw comes to over all years shown: draw, outcome (the target, or money), value, unit."""
    target = str(results.run["target"])
    named = {target + SERVED: target, MONEY: MONEY}
    years = results.frame("periods").select("period", "years")
    rows = (
        results.frame("outcomes")
        .filter(pl.col("quantity").is_in(list(named)))
        .join(years, on="period", maintain_order="left")
    )
    summed = rows.group_by("draw", "quantity", maintain_order=True).agg(
        value=(pl.col("value") * pl.col("years")).sum(), unit=pl.col("unit").first()
    )
    unit = pl.col("unit")
    whole = pl.when(unit.str.ends_with("/year")).then(unit.str.strip_suffix("/year")).otherwise(unit + "*year")
    return summed.select(
        "draw", pl.col("quantity").replace_strict(named).alias("outcome"), "value", whole.alias("unit")
    )


def _with_indices(results: Results, asked: Layout, factors: Sequence[str]) -> Results:
    """The results with the table `indices`: outcome, factor, and the indices of the design."""
    parts = []
    for (outcome,), rows in totals(results).group_by("outcome", maintain_order=True):
        value = np.full(len(asked.quantiles), np.nan)
        value[rows["draw"].to_numpy()] = rows["value"].to_numpy()
        names = pl.col("factor").replace_strict(dict(enumerate(factors)), return_dtype=pl.String)
        parts.append(indices(asked, value).select(pl.lit(outcome).alias("outcome"), names, pl.exclude("factor")))
    return replace(results, frames={**results.frames, "indices": pl.concat(parts)})


def _crowded(independent: Floats) -> bool:
    """Whether two inputs of a design move together further than chance would have it, as in a short Sobol sequence of
    many inputs: of independent numbers the largest of `pairs` correlations is about sqrt(2 ln(pairs) / draws)."""
    draws, inputs = independent.shape
    if draws < 3 or inputs < 2:
        return False
    largest = float((np.abs(np.corrcoef(independent.T)) - np.eye(inputs)).max())
    return largest > MARGIN * float(np.sqrt(2.0 * np.log(inputs * (inputs - 1) / 2.0 + 1.0) / draws))


def _record(case: Case, frames: Mapping[str, pl.DataFrame]) -> dict[str, object]:
    tables, settings = case.tables, case.tables.settings
    return {
        "schema": 1,
        "kind": "sample",
        "case": case.name,
        "title": settings.title,
        "scenario": tables.scenario,
        "case_hash": tables.fingerprint,
        "as_of": str(settings.as_of),
        "edits": list(tables.edits),
        "target": settings.target.commodity,
        "objective_name": settings.objective,
        "money_unit": settings.money_unit,
        "base_year": settings.base_year,
        "teraplan_version": version("teraplan"),
        "failed": frames["failures"].height,
        "facts": frames["facts"].height,
    }
