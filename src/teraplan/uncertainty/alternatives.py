"""Alternatives: what every plan that costs hardly more than the cheapest must have, may have, and must not have.

For each group of decisions the least and the most of it over all plans whose objective is within a slack of the
optimum; see `near_optimal`. The objective is that of the case: in the system view it counts unserved demand at the
prices of its demand curve, so a slack may be spent on money and on compute alike; both are told for each plan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl
from scipy import sparse

from teraplan.case.case import Case
from teraplan.case.edit import matches
from teraplan.errors import CaseError, Fault, did_you_mean
from teraplan.model.build import build_problem
from teraplan.model.problem import LinearProgram, Problem
from teraplan.plan import largest, record_of
from teraplan.results.ledger import NOT_MONEY
from teraplan.results.results import Results
from teraplan.solver import Options, solve
from teraplan.uncertainty.ensemble import Means
from teraplan.uncertainty.near_optimal import HERE, Hops, Weights, checked_slacks, extreme_plans, sphere

BY: Mapping[str, tuple[str, ...]] = {
    "stage": ("stage", "region", "unit"),
    "process": ("process", "unit"),
    "maker": ("maker", "stage", "unit"),
}
"""Kinds of groups that are made without being named: the labels that their decisions share."""
VARIABLES: Mapping[str, tuple[str, ...]] = {"order": ("order",), "activity": ("activity", "sliced_activity")}
"""What may be counted: capacity ordered, or activity over the years."""
LABELS = ("process", "region", "stage", "maker", "unit", "mode", "period")
NEGLIGIBLE = 1e-6
"""An amount below this, or below this share of the group's largest, is nothing."""
MUST_HAVE, CHOICE, MUST_AVOID = "must-have", "choice", "must-avoid"
OPTIMUM, LEAST, MOST, RANDOM, HOPS = "optimum", "least", "most", "random", "hop-skip-jump"

WORDS = ("stage", "region", "process", "maker")
TOLD = {"measure": pl.Int64, **dict.fromkeys(("group", "by", "variable", "unit", *WORDS), pl.String)}
FOUND = ("plan", "aim", "slack", "objective", "measure", "amount")


@dataclass(frozen=True)
class Group:
    """Decisions whose amounts are added up: those that fit every label, in a unit of their own.

    where: of process, region, stage, maker, unit, mode, period, as in edits: a pattern, `a|b`, years `2027..2030`.
    """

    name: str
    where: Mapping[str, str]
    variable: Literal["order", "activity"] = "order"
    by: str = "named"


@dataclass(frozen=True)
class Cloud:
    """Further plans far apart from each other: so many random directions, so many hops, from a seed."""

    directions: int = 0
    hops: int = 0
    seed: int = 0


def alternatives(
    case: Case,
    slack: float | Sequence[float] = 0.02,
    groups: Sequence[Group] | None = None,
    cloud: Cloud | None = None,
    whole: Literal["relaxed", "held"] = "relaxed",
    means: Means | None = None,
) -> Results:
    """Return how far each group of decisions can go in plans whose objective is within a slack of the optimum.

    slack: shares of the optimum's absolute value, several at once [1]. groups: none: those of `groups_of`. whole:
    whether whole numbers of blocks are relaxed near the optimum (then a must-have and a must-avoid are certain) or held
    as they are in the optimum. means: where plans are looked for; none: one after the other in this process. Of
    most_compute the slack is on the largest amount of its first step.

    Frames: `ranges` (group, slack, optimum, least, most [unit; most is infinite without an end], kind: must-have,
    choice, must-avoid; freedom: (most - least) / most [1]), `plans` (plan, aim, group, slack, objective, excess [1],
    money [money unit], unserved [target]), `amounts` (plan, slack, group, amount), `groups`.
    Raises CaseError for groups of nothing or of several units, ArgumentError for a slack below 0, and what `plan` does.
    """
    slacks = checked_slacks(slack)
    problem = build_problem(case)
    chosen = list(groups_of(case)) if groups is None else list(groups)
    told, counted = members(case, problem, chosen)
    program = _program(problem, whole, (means or HERE).options)
    measures = sparse.vstack([counted, *_beside(case, problem)], format="csr")
    found = _ranging(program, measures, told, slacks, means)
    ranges = _ranges(found, told)
    if cloud is not None:
        found = pl.concat([found, _clouded(program, measures, (ranges, cloud), slacks, means)])
    plans = _told(found, told, case, problem)
    optimum = float(plans.filter(pl.col("aim") == OPTIMUM)["objective"][0])
    plans = plans.with_columns(excess=_excess(pl.col("objective"), optimum, program.maximise))
    amounts = found.join(told.select("measure", "group"), on="measure").select("plan", "slack", "group", "amount")
    money = float(plans.filter(pl.col("aim") == OPTIMUM)["money"][0])
    record = {"kind": "alternatives", "slack": slacks, "whole": whole, "objective": optimum, "money": money}
    record |= {"has_blocks": problem.program.integer is not None, "seed": cloud.seed if cloud else None}
    frames = {"ranges": ranges, "plans": plans, "amounts": amounts, "groups": told.drop("measure")}
    return Results(run={**record_of(case), **record}, frames=frames)


def groups_of(case: Case, by: Sequence[str] = tuple(BY), period: str | None = None) -> list[Group]:
    """Return the groups of orders by stage and region, by process, and by maker, each in one unit.

    period: years `2027..2030` whose orders count; none: from the year of the case to the last year shown.
    """
    unknown = [kind for kind in by if kind not in BY]
    if unknown:
        faults = (Fault(f"by {kind!r}", "is no way to group decisions", did_you_mean(kind, BY)) for kind in unknown)
        raise CaseError(case.name, tuple(faults))
    years = period or f"{case.tables.settings.as_of.year}..{_last_shown(case)}"
    if case.periods.filter(matches(pl.col("period"), years)).is_empty():
        first, last = case.periods["period"][0], case.periods["period"][-1]
        fix = f"write years from {first} to {last}, such as 2026..2030"
        raise CaseError(case.name, (Fault(f"period {years!r}", "no period of the case lies there", fix),))
    sites = _with_words(case, case.order_sites.select("process", "region").unique(), "order")
    groups = []
    for kind in by:
        labels = BY[kind]
        rows = sites.select(labels).unique().drop_nulls(labels[0]).sort(labels)
        alike = [label for label in labels if label != "unit"]
        several = rows.select(pl.struct(alike).is_duplicated()).to_series()
        for row, plural in zip(rows.iter_rows(named=True), several, strict=True):
            name = " · ".join(str(row[label]) for label in alike) + (f" ({row['unit']})" if plural else "")
            groups.append(Group(name, {**row, "period": years}, "order", kind))
    return groups


def parse_group(text: str) -> Group:
    """Return the group that `NAME: key=value,key=value` means; without a name, it is called what it says.

    The key `count` says what is counted: order (the default) or activity.
    """
    name, colon, rest = text.partition(":")
    said = rest if colon else text
    pairs = [part.partition("=") for part in said.split(",") if part.strip()]
    where = {key.strip(): value.strip() for key, _, value in pairs}
    variable = where.pop("count", "order")
    faults = []
    if not where or not all(key and value for key, value in where.items()):
        faults.append(Fault(f"group {text!r}", "cannot be read", "write key=value, such as stage=power,region=USA*"))
    if variable not in VARIABLES:
        faults.append(Fault(f"group {text!r}", f"cannot count {variable!r}", did_you_mean(variable, VARIABLES)))
    if faults:
        raise CaseError("alternatives", tuple(faults))
    return Group((name if colon else said).strip(), where, "activity" if variable == "activity" else "order")


# --- what is counted --------------------------------------------------------------------------------------------------


def _last_shown(case: Case) -> int:
    return int(case.periods.filter("shown")["start"].max())  # type: ignore[arg-type]


def _with_words(case: Case, columns: pl.DataFrame, variable: str) -> pl.DataFrame:
    """Decisions with stage, maker and unit of their processes."""
    unit = "capacity_unit" if variable == "order" else "activity_unit"
    return columns.join(case.processes.select("process", "stage", "maker", unit=unit), on="process")


def members(case: Case, problem: Problem, groups: Sequence[Group]) -> tuple[pl.DataFrame, sparse.csr_matrix]:
    """Return what is said of each group (measure, group, by, variable, unit, ...), and its weights of the columns.

    Raises CaseError with every group that is nothing, or adds up what has several units, and every label there is not.
    """
    faults: list[Fault] = []
    rows: list[tuple[int | str | None, ...]] = []
    parts = []
    years = case.periods.select("period", "years")
    for name in VARIABLES:
        columns = problem.columns.filter(pl.col("variable").is_in(VARIABLES[name])).join(years, on="period")
        parts.append(_with_words(case, columns, name).with_columns(weight=pl.lit(1.0) if name == "order" else "years"))
    counted = dict(zip(VARIABLES, parts, strict=True))
    entries = []
    for group in groups:
        found = _fitting(group, counted[group.variable], faults)
        if found is not None:
            entries.append(found.select("column", "weight", row=pl.lit(len(rows), pl.Int64)))
            words = [group.where.get(label) for label in WORDS]
            rows.append((len(rows), group.name, group.by, group.variable, found["unit"][0], *words))
    twice = sorted({group.name for group in groups if [one.name for one in groups].count(group.name) > 1})
    faults += [Fault(f"group {name!r}", "is there twice", "give each group a name of its own") for name in twice]
    if not groups:
        faults.append(Fault("groups", "there is none", "name one, or give the case a place where something is ordered"))
    if faults:
        raise CaseError(case.name, tuple(faults))
    every = pl.concat(entries)
    shape = (len(rows), problem.program.matrix.shape[1])
    matrix = sparse.csr_matrix(
        (every["weight"].to_numpy(), (every["row"].to_numpy(), every["column"].to_numpy())), shape
    )
    told = pl.DataFrame(rows, schema=TOLD, orient="row")
    return told, matrix


def _fitting(group: Group, columns: pl.DataFrame, faults: list[Fault]) -> pl.DataFrame | None:
    where = f"group {group.name!r}"
    unknown = [label for label in group.where if label not in LABELS]
    if unknown:
        faults += [Fault(where, f"{group.variable} has no label {one!r}", did_you_mean(one, LABELS)) for one in unknown]
        return None
    found = columns.filter([matches(pl.col(label), wanted) for label, wanted in group.where.items()])
    if found.is_empty():
        faults.append(Fault(where, "fits nothing that can be decided", _nearest(group, columns)))
        return None
    units = found["unit"].unique().sort().to_list()
    if len(units) > 1:
        what = f"adds up {' and '.join(map(str, units))}"
        faults.append(Fault(where, what, f"name one with unit={units[0]}, or a process"))
        return None
    return found


def _nearest(group: Group, columns: pl.DataFrame) -> str:
    for label, wanted in group.where.items():
        if not columns.select(matches(pl.col(label), wanted).any()).item():
            return f"{label} {wanted!r} fits none: {did_you_mean(wanted, columns[label].drop_nulls().unique())}"
    return "take a label away to see what there is"


def _beside(case: Case, problem: Problem) -> list[sparse.csr_matrix]:
    """Weights of two more measures of every plan: money charged in the objective, and demand for the target not served.

    Unserved demand is counted over the years shown [target unit]; both without what no decision changes.
    """
    width = problem.program.matrix.shape[1]
    paid = _money_terms(problem).drop_nulls("column")
    years = case.periods.filter("shown").select("period", "years")
    target = case.tables.settings.target.commodity
    missed = problem.columns.filter((pl.col("variable") == "shortage") & (pl.col("commodity") == target))
    weighted = missed.join(years, on="period").select("column", weight="years")
    return [
        sparse.csr_matrix(np.bincount(at["column"].to_numpy(), at["weight"].to_numpy(), minlength=width))
        for at in (paid.select("column", weight="charged"), weighted)
    ]


def _money_terms(problem: Problem) -> pl.DataFrame:
    return problem.cost_terms.filter(pl.col("in_view") & ~pl.col("item").is_in(NOT_MONEY))


def _program(problem: Problem, whole: str, options: Options) -> LinearProgram:
    """The program whose optimum counts; with whole numbers held, they are what they are in its optimum."""
    sought = problem if problem.target is None else largest(problem)
    integer = sought.program.integer
    if integer is None or whole == "relaxed":
        return sought.program
    value = np.round(solve(sought, options).value)
    lower, upper = (
        np.where(integer, value, side) for side in (sought.program.column_lower, sought.program.column_upper)
    )
    return replace(sought.program, integer=None, column_lower=lower, column_upper=upper)


# --- searching --------------------------------------------------------------------------------------------------------


def _ranging(
    program: LinearProgram,
    measures: sparse.csr_matrix,
    told: pl.DataFrame,
    slacks: Sequence[float],
    means: Means | None,
) -> pl.DataFrame:
    """The optimum, and the plans with the least and the most of each group."""
    count = measures.shape[0]
    aims: dict[str, Weights | Hops] = {OPTIMUM: (0.0,) * count}
    for at, name in told.select("measure", "group").iter_rows():
        for aim, sign in ((LEAST, -1.0), (MOST, 1.0)):
            aims[f"{aim} {name}"] = (0.0,) * at + (sign,) + (0.0,) * (count - at - 1)
    found = extreme_plans(program, measures, aims, slacks, means)
    return found.with_columns(plan=pl.col("aim"), aim=pl.col("aim").str.split(" ").list.first()).select(FOUND)


def _ranges(found: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    named = found.join(told, on="measure")
    own = (pl.col("aim") == OPTIMUM) | (pl.col("plan") == pl.col("aim") + " " + pl.col("group"))
    wide = named.filter(own).pivot("aim", index=["group", "by", "unit", "slack"], values="amount", maintain_order=True)
    amounts = wide.with_columns(pl.col(LEAST).fill_null(-np.inf), pl.col(MOST).fill_null(np.inf))
    finite = pl.when(pl.col(MOST).is_finite()).then(MOST).otherwise(OPTIMUM)
    nothing = NEGLIGIBLE * pl.max_horizontal(1.0, finite.max().over("group"))
    kind = pl.when(pl.col(MOST) <= nothing).then(pl.lit(MUST_AVOID)).when(pl.col(LEAST) > nothing)
    clean = [pl.when(pl.col(name).abs() > nothing).then(name).otherwise(0.0) for name in (OPTIMUM, LEAST, MOST)]
    return amounts.with_columns(
        *clean,
        kind=kind.then(pl.lit(MUST_HAVE)).otherwise(pl.lit(CHOICE)),
        freedom=pl.when(pl.col(MOST).is_infinite())
        .then(1.0)
        .when(pl.col(MOST) > nothing)
        .then((pl.col(MOST) - pl.col(LEAST)) / pl.col(MOST))
        .otherwise(0.0),
    ).select("group", "by", "unit", "slack", OPTIMUM, LEAST, MOST, "kind", "freedom")


def _clouded(
    program: LinearProgram,
    measures: sparse.csr_matrix,
    asked: tuple[pl.DataFrame, Cloud],
    slacks: Sequence[float],
    means: Means | None,
) -> pl.DataFrame:
    """Plans in random directions, and in hops: groups count by how far they can go at the largest slack."""
    ranges, cloud = asked
    last = ranges.filter(pl.col("slack") == slacks[-1])
    width = (last[MOST] - last[LEAST]).to_numpy()
    moving = np.isfinite(width) & (width > NEGLIGIBLE)
    scale = np.where(moving, width, 1.0)
    sized = sparse.diags(np.append(1.0 / scale, [1.0, 1.0])) @ measures
    drawn = sphere(cloud.directions, int(moving.sum()), cloud.seed)
    aims: dict[str, Weights | Hops] = {}
    for at, direction in enumerate(drawn):
        weights = np.zeros(measures.shape[0])
        weights[: moving.size][moving] = direction
        aims[f"{RANDOM} {at}"] = tuple(weights.tolist())
    if cloud.hops:
        aims[HOPS] = Hops(cloud.hops, tuple(np.append(moving, [False, False]).tolist()))
    if not aims:
        return pl.DataFrame(schema={**dict.fromkeys(FOUND, pl.String)}).clear()
    found = extreme_plans(program, sparse.csr_matrix(sized), aims, slacks, means)
    back = pl.Series("scale", np.append(scale, [1.0, 1.0]))
    sizes = pl.DataFrame({"measure": pl.int_range(back.len(), eager=True), "scale": back})
    hop = pl.when(pl.col("aim") == HOPS).then(pl.format("{} {}", "aim", "plan")).otherwise("aim")
    return (
        found.join(sizes, on="measure", maintain_order="left")
        .with_columns(pl.col("amount") * pl.col("scale"), plan=hop, aim=pl.col("aim").str.split(" ").list.first())
        .select(FOUND)
    )


def _told(found: pl.DataFrame, told: pl.DataFrame, case: Case, problem: Problem) -> pl.DataFrame:
    """One row for each plan: what it was made for, its slack, objective, money and unserved demand."""
    count = told.height
    fixed = float(_money_terms(problem).filter(pl.col("column").is_null())["charged"].sum())
    wide = found.filter(pl.col("measure") >= count).with_columns(
        beside=pl.col("measure").replace_strict({count: "money", count + 1: "unserved"}, return_dtype=pl.String)
    )
    rows = wide.pivot("beside", index=["plan", "aim", "slack", "objective"], values="amount", maintain_order=True)
    group = pl.when(pl.col("aim").is_in([LEAST, MOST])).then(pl.col("plan").str.replace(r"^\w+ ", ""))
    return rows.select("plan", "aim", "slack", "objective", pl.col("money") + fixed, "unserved", group=group)


def _excess(objective: pl.Expr, optimum: float, maximise: bool) -> pl.Expr:
    """By which share of the optimum a plan is worse."""
    return (objective - optimum) * (-1.0 if maximise else 1.0) / abs(optimum)
