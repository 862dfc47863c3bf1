"""One sentence for each equation and variable: what its row or bound says, with numbers, units and lines of tables.

A sentence tells of conditions that are alike: rows of one equation that differ only in where they hold. The first is
told in full, the places of the others are named.
"""

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from teraplan.case.case import WORLD, Case
from teraplan.explain.alike import Alike, Told, Touched, apart, cited, in_place, listed, over_time, some_of, where_when
from teraplan.explain.lines import is_kept, keepers
from teraplan.explain.slips import slips
from teraplan.explain.supply import first_service, makers, missing_makers, missing_sites
from teraplan.report.words import amount, as_given, joined, percent
from teraplan.results.bottlenecks import CAPACITY_ROWS, KINDS

MOST = "allows at most"
AT_PLACE = ("region", "place", "origin", "slice", "mode", "season", "moment")
"""Labels in which conditions may differ and still be told in one sentence."""


def sentence(alike: Alike) -> Told:
    """Return what alike conditions say in one sentence, with the lines of tables behind it."""
    text, more = (SENTENCES if alike.first.kind == "row" else BOUNDS)[alike.first.name](alike)
    lines = [line for condition in alike.conditions for line in condition.lines] + list(more)
    unique = tuple(sorted({(line.table, line.line): line for line in lines}.values(), key=lambda line: not line.edit))
    asked = " ".join(dict.fromkeys(text for one in alike.conditions for text in slips(alike.case, one)))
    return f"{text}{_others(alike)}{cited(unique)}{_rest(alike)}.{' ' if asked else ''}{asked}", unique


def _others(alike: Alike) -> str:
    """The places of the conditions that are not told in full."""
    places = [_place(condition.labels) for condition in alike.conditions[1:]]
    places = [place for place in dict.fromkeys(places) if place and place != _place(alike.first.labels)]
    if not places or alike.first.name in TOLD_TOGETHER:
        return ""
    return f", and so on for {listed(places)}"


def _rest(alike: Alike) -> str:
    """What a condition would have to be for the others to hold."""
    first = alike.first
    if len(alike.conditions) > 1 or first.possible is None:
        return ""
    if first.name in DIFFERENCES or (first.sense == ">=" and first.asked <= 0):
        return f"; all else leaves it {amount(abs(first.possible - first.asked), first.unit)} short"
    _, need = apart(first.asked, first.possible, first.unit)
    there = " there" if first.name in (*CAPACITY_ROWS, "activity", "sliced_activity") else ""
    return f"; all else leaves {need} for it" if first.sense == ">=" else f"; all else would need {need}{there}"


def _place(labels: Mapping[str, str]) -> str:
    return " ".join(labels[name] for name in AT_PLACE if name in labels and name != "mode")


# --- activity and balances --------------------------------------------------------------------------------------------


def _capacity(alike: Alike) -> Told:
    """What a process can run on: what was there, and what orders add in time."""
    there = [
        f"{amount(condition.asked, condition.unit)} {in_place(condition.labels['region'])}"
        for condition in alike.conditions
        if condition.asked > 0
    ]
    placed: dict[str, list[str]] = {}
    for condition, columns in zip(alike.conditions, alike.columns, strict=True):
        periods = sorted({one.labels["period"] for one in columns if one.variable == "order"})
        if periods:
            placed.setdefault(joined(periods), []).append(condition.labels["region"])
    process, period = alike.label("process"), alike.label("period")
    parts = [f"what was there, {listed(there)}"] if there else []
    parts += [
        f"orders of {periods} in {listed(regions)}, which take {_months(alike.case, process, regions)}"
        for periods, regions in placed.items()
    ]
    regions = dict.fromkeys(condition.labels["region"] for condition in alike.conditions)
    if not parts:
        parts = [f"nothing in {listed(list(regions))}"]
    late = [first_service(alike.case, process, region, period) for region in regions]
    reasons = [reason for reason, _ in late if reason]
    why = f"; {some_of(reasons)}" if reasons else ""
    return f"{process} can run in {period} on {joined(parts)}{why}", tuple(line for _, lines in late for line in lines)


def _months(case: Case, process: str, regions: Sequence[str]) -> str:
    """How long an order takes in these regions, in months."""
    frame = case.tables.frames["lead_times"].filter((pl.col("process") == process) & pl.col("region").is_in(regions))
    months = frame["value"].unique().sort().to_list() or [0.0]
    return f"{as_given(months[0])}{f' to {as_given(months[-1])}' if len(months) > 1 else ''} months"


def _balance(alike: Alike) -> Told:
    """What is asked for of a good, who makes and who uses it, and who could make it and cannot."""
    good, place, period = (alike.label(name) for name in ("commodity", "place", "period"))
    columns = alike.columns[0]
    sources = _doers([one for one in columns if one.coefficient > 0])
    users = _doers([one for one in columns if one.coefficient < 0])
    head = (
        f"{alike.asked} of {good} is asked for {alike.where}"
        if alike.first.asked > 0
        else (f"What is used of {good} {alike.where} must be had there")
    )
    parts = [f"it comes from {listed(sources)}"] if sources else ["nothing there gives any"]
    parts += [f"and goes to {listed(users)}"] if users else []
    missing, lines = missing_makers(alike.case, good, place, period)
    missing = [*(_without_site(alike.case, good) if place == WORLD and alike.first.asked > 0 else []), *missing]
    why = f"; {some_of(missing)}" if missing else ""
    return f"{head}: {' '.join(parts)}{why}", lines


def _without_site(case: Case, good: str) -> list[str]:
    """For the makers of a good that is traded worldwide, where they cannot be ordered and others of their stage can."""
    lacking = [(process, missing_sites(case, process)) for process in makers(case, good)]
    return [f"sites.csv has no row for {process} in {listed(regions)}" for process, regions in lacking if regions]


def _doers(columns: Sequence[Touched]) -> list[str]:
    """What columns are, in words, those that stand for most columns first."""
    said = [_doer(one) for one in columns]
    return sorted(dict.fromkeys(said), key=lambda name: (-said.count(name), name))


def _doer(one: Touched) -> str:
    labels = one.labels
    if one.variable in ("activity", "sliced_activity"):
        return labels["process"]
    if one.variable == "order":
        return f"orders of {labels['process']}"
    if one.variable in ("ship", "sliced_ship"):
        return f"{labels['origin']} to {labels['destination']}"
    if one.variable in ("retire", "blocks"):
        return f"{labels['process']} in {'whole blocks' if one.variable == 'blocks' else 'early retirement'}"
    other = {"stock": "stock", "level": "storage", "season_level": "storage", "shortage": "demand that is not served"}
    return other[one.variable]


def _pipeline(alike: Alike) -> Told:
    good = alike.label("commodity")
    return f"The stock of {good} before the first period is {alike.asked}, for all that was made early", ()


def _closing(alike: Alike) -> Told:
    return (
        f"The stock of {alike.label('commodity')} {in_place(alike.label('place'))} must end at {alike.asked} or more",
        (),
    )


# --- speed and limits -------------------------------------------------------------------------------------------------


def _most(what: str) -> Callable[[Alike], Told]:
    """A ceiling: limit, what it counts, where and when."""
    return _limit(MOST, what)


def _least(what: str) -> Callable[[Alike], Told]:
    """A commitment: limit, what it counts, where and when."""
    return _limit("asks for at least", what)


def _limit(verb: str, what: str) -> Callable[[Alike], Told]:
    def told(alike: Alike) -> Told:
        counted = what.format(alike.label("group"))
        given = listed(over_time(alike.conditions))
        head = f"Limit {alike.label('limit')} {verb} {alike.asked} of {counted} {alike.where}"
        if len(alike.conditions) > 1:
            head = f"Limit {alike.label('limit')} on {counted} {verb} {given}"
        why, lines = ("", ()) if any(alike.columns) or verb == MOST else _nothing_to_order(alike)
        return f"{head}{why}", lines

    return told


def _nothing_to_order(alike: Alike) -> Told:
    """Why nothing that a commitment counts can be ordered: a row without columns."""
    mine = pl.all_horizontal([pl.col(label) == alike.label(label) for label in ("limit", "group", "place")])
    processes = alike.case.limit_members.filter(mine)["process"].unique().sort()
    place, period = alike.label("place"), alike.label("period")
    found = [first_service(alike.case, process, place, period) for process in processes]
    reasons = some_of([reason for reason, _ in found if reason])
    why = f": {reasons}" if reasons and place in alike.case.tables.frames["regions"]["region"] else ""
    return f"; nothing that it counts can be ordered then{why}", tuple(line for _, lines in found for line in lines)


def _growth(alike: Alike) -> Told:
    """The growth limit with its share, and the seed and existing part on the right."""
    share = _value(
        alike.case.limits.filter(pl.col("kind") == "growth"), alike.first.labels, ("limit", "group", "place")
    )
    most = f"at most {percent(share)} of what orders have put in use the period before, and {alike.asked}"
    return f"Limit {alike.label('limit')} lets new {alike.label('group')} {alike.where} be {most}", ()


def _fall(kind: str, what: str) -> Callable[[Alike], Told]:
    """Take-or-pay: a share of the period before."""

    def told(alike: Alike) -> Told:
        rows = alike.case.limits.filter(pl.col("kind") == kind)
        share = _value(rows, alike.first.labels, ("limit", "group", "place"))
        counted = what.format(alike.label("group"))
        floor = f"at least {percent(share)} of the period before"
        return f"Limit {alike.label('limit')} keeps {counted} {alike.where} at {floor}", ()

    return told


def _value(rows: pl.DataFrame, labels: Mapping[str, str], on: Sequence[str]) -> float:
    """The number of a limit or share in a period."""
    same = pl.all_horizontal([pl.col(label) == labels[label] for label in (*on, "period")])
    return float(rows.filter(same)["value"].sum())


def _share(bound: str) -> Callable[[Alike], Told]:
    """A part against a whole."""

    def told(alike: Alike) -> Told:
        on = ("share", "group", "place", "sense")
        share = _value(alike.case.shares, alike.first.labels, on)
        rows = alike.case.tables.frames["shares"].filter(
            (pl.col("share") == alike.label("share")) & (pl.col("numerator_group") == alike.label("group"))
        )
        whole, regions, of = (rows[name][0] for name in ("denominator_group", "denominator_regions", "of"))
        part = f"{of} of {alike.label('group')} {in_place(alike.label('place'))} in {alike.label('period')}"
        total = f"that of {whole} {in_place(regions)}"
        return f"Share {alike.label('share')}: {part} is {bound} {percent(share)} of {total}", ()

    return told


def _home(alike: Alike) -> Told:
    good = alike.label("commodity")
    return f"Of {good} {alike.where} at most {alike.asked} may come from elsewhere, less for what is not served", ()


def _licence(alike: Alike) -> Told:
    good, rule = alike.label("group"), alike.label("rule")
    counts = _doers([one for columns in alike.columns for one in columns if one.coefficient > 0])
    used = f", and {listed(counts)} would use it" if counts else ""
    given = over_time(alike.conditions)
    if not any(one.asked for one in alike.conditions):
        when = [text.split(" in ", 1)[-1] for text in given]
        return f"Rule {rule} bans {good} in {listed(when)}{used}", ()
    return f"Rule {rule} allows at most {listed(given)} of {good}{used}", ()


# --- storage, reserve, programme --------------------------------------------------------------------------------------


def _level(alike: Alike) -> Told:
    held = f"what it held before and what it takes in in {alike.label('slice')}"
    return f"{alike.label('process')} {alike.where} holds {held}", ()


def _hours(alike: Alike) -> Told:
    return f"{alike.label('process')} {alike.where} holds no more than its hours at full power", ()


def _reserve(alike: Alike) -> Told:
    good = alike.label("commodity")
    margin = _value(alike.case.reserve_margin.rename({"region": "place"}), alike.first.labels, ("commodity", "place"))
    return f"Firm capacity for {good} {alike.where} must cover the load and {percent(margin)} more", ()


def _cover(alike: Alike) -> Told:
    good = alike.label("commodity")
    cover = _value(alike.case.reserve_cover.rename({"region": "place"}), alike.first.labels, ("commodity", "place"))
    return f"Firm capacity {alike.where} must be at least {percent(cover)} of what is put out of {good}", ()


def _carried(does: str) -> Callable[[Alike], Told]:
    """What a store of carried storage does."""

    def told(alike: Alike) -> Told:
        return f"{alike.label('process')} {alike.where} {does}", ()

    return told


def _blocks(alike: Alike) -> Told:
    return f"{alike.label('process')} {alike.where} is ordered in whole blocks", ()


def _retired(alike: Alike) -> Told:
    process, region, ordered = (alike.label(name) for name in ("process", "region", "order_period"))
    there = f"what was ordered then and {alike.asked} that was there"
    return f"Of {process} of {ordered} in {region} no more is retired than {there}", ()


def _budget(alike: Alike) -> Told:
    programme = alike.case.programme
    budget = amount(programme.budget, alike.first.unit) if programme is not None else ""
    return f"The programme may spend {budget} on top of the plan that it stands on", ()


def _target(alike: Alike) -> Told:
    return "The target of the first step must be reached", ()


SENTENCES: Mapping[str, Callable[[Alike], Told]] = {
    "activity_within_usable": _capacity,
    "sliced_activity_within_usable": _capacity,
    "yearly_sum_within_availability": _capacity,
    "commodity_balance": _balance,
    "commodity_balance_without_disposal": _balance,
    "sliced_commodity_balance": _balance,
    "sliced_commodity_balance_without_disposal": _balance,
    "early_use_within_pipeline": _pipeline,
    "closing_stock_at_least_opening": _closing,
    "orders_grow_no_faster": _growth,
    "orders_fall_no_faster": _fall("order_fall", "new {}"),
    "activity_falls_no_faster": _fall("activity_fall", "output of {}"),
    "orders_at_most": _most("new {}"),
    "orders_at_least": _least("new {}"),
    "cumulative_orders_at_most": _most("all {} ordered so far"),
    "capacity_at_most": _most("{} in service beyond what was there"),
    "capacity_at_least": _least("{} in service beyond what was there"),
    "activity_at_most": _most("output of {}"),
    "activity_at_least": _least("output of {}"),
    "emissions_at_most": _most("{} put out"),
    "share_at_most": _share("at most"),
    "share_at_least": _share("at least"),
    "served_at_home": _home,
    "use_within_licence": _licence,
    "storage_level": _level,
    "level_within_hours": _hours,
    "reserve_margin": _reserve,
    "sliced_reserve_margin": _reserve,
    "orders_in_whole_blocks": _blocks,
    "retired_at_most_there": _retired,
    "cumulative_activity_at_most": _most("all output of {} so far"),
    "cumulative_activity_at_least": _least("all output of {} so far"),
    "cumulative_emissions_at_most": _most("all {} put out so far"),
    "level_carried_over": _carried("holds what it held before and what came in since"),
    "carried_level_at_most": _carried("holds no more than its capacity"),
    "carried_level_at_least": _carried("holds no less than the least share of its capacity"),
    "charge_at_most": _carried("takes in no faster than it can"),
    "discharge_at_most": _carried("gives out no faster than it can"),
    "output_within_cover": _cover,
    "programme_within_budget": _budget,
    "target_reached": _target,
}
"""What a row of each equation says."""
LEAST = ("orders_at_least", "capacity_at_least", "activity_at_least", "cumulative_activity_at_least")
OVER_TIME = (*KINDS, *LEAST, "use_within_licence")
"""Equations whose rows of several periods are told in one sentence."""
TOLD_TOGETHER = (*CAPACITY_ROWS, *OVER_TIME, "activity", "sliced_activity")
"""Equations and variables whose sentence names every place itself."""
DIFFERENCES = ("share_at_most", "share_at_least", "orders_fall_no_faster", "activity_falls_no_faster")
"""Equations whose row is a difference: its number is how far one side is from the other."""


# --- bounds of columns ------------------------------------------------------------------------------------------------


def _running(alike: Alike) -> Told:
    """Activity that no order can add to, or that another plan fixes."""
    return _kept(alike) if _is_kept(alike) else _capacity(alike)


def _kept(alike: Alike) -> Told:
    """A value that another plan fixes or floors."""
    labels = alike.first.labels
    thing = labels.get("process") or labels["commodity"]
    way = f" from {labels['origin']} to {labels['destination']} in {labels['period']}" if "origin" in labels else ""
    where = way or f" {where_when(labels)}"
    bound = "or more" if alike.first.kind == "lower" else "or less"
    keeper = " ".join(["The kept plan", *keepers(alike.case, alike.first.name, labels)[:1]])
    return f"{keeper} holds {alike.first.name} of {thing}{where} at {alike.asked} {bound}", ()


def _is_kept(alike: Alike) -> bool:
    return is_kept(alike.case, alike.first.name, alike.first.labels)


def _sending(alike: Alike) -> Told:
    if _is_kept(alike):
        return _kept(alike)
    good, way = alike.label("commodity"), f"from {alike.label('origin')} to {alike.label('destination')}"
    return f"At most {alike.asked} of {good} can be sent {way} in {alike.label('period')}", ()


def _missing(alike: Alike) -> Told:
    if _is_kept(alike):
        return _kept(alike)
    good, step = alike.label("commodity"), alike.label("step")
    return f"At most {alike.asked} of {good} {alike.where} may go unserved at step {step} of its demand", ()


BOUNDS: Mapping[str, Callable[[Alike], Told]] = {
    "order": _kept,
    "activity": _running,
    "sliced_activity": _running,
    "ship": _sending,
    "sliced_ship": _sending,
    "blocks": _kept,
    "retire": _kept,
    "season_level": _kept,
    "stock": _kept,
    "level": _kept,
    "shortage": _missing,
}
"""What a bound of a column of each variable says."""
