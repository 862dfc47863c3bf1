"""Rules of case.toml and of scenario files: one function a rule, named as what must be true."""

from collections import Counter
from collections.abc import Iterator, Sequence

from teraplan.case.files import Finding, Place
from teraplan.case.settings import EditBlock, Scenario, Settings, TreeFile
from teraplan.units import UnitError, factor

MOST_PERIODS = 400
FUNDED = ("process", "region", "period")
TOUCH = 1e-9


def periods_follow_each_other(settings: Settings) -> Iterator[Finding]:
    """Blocks of periods neither overlap nor leave a gap, and each ends after its start."""
    if not settings.period:
        yield ("period",), "there are no periods", "add a [[period]] with start, end and step"
    for place, block in enumerate(settings.period):
        if block.end <= block.start:
            yield ("period", place, "end"), f"{block.end:g} is not after {block.start:g}", "end it after its start"
    for place, (before, after) in enumerate(zip(settings.period, settings.period[1:], strict=False), start=1):
        if abs(before.end - after.start) > TOUCH:
            how = "overlap" if after.start < before.end else "leave a gap"
            what = f"periods {how} between {before.end:g} and {after.start:g}"
            yield ("period", place, "start"), what, f"let them start at {before.end:g}"


def steps_divide_their_blocks(settings: Settings) -> Iterator[Finding]:
    """A block holds a whole number of periods, and all blocks together no more than can be planned."""
    for place, block in enumerate(settings.period):
        if block.end > block.start and block.count <= MOST_PERIODS and abs(block.count - round(block.count)) > 1e-6:
            what = f"{block.end - block.start:g} years hold {block.count:g} periods of {block.step:g} years"
            yield ("period", place, "step"), what, "let the step divide the time from start to end"
    count = sum(max(block.count, 0.0) for block in settings.period)
    if count > MOST_PERIODS:
        yield ("period",), f"make {count:.3g} periods, at most {MOST_PERIODS} can be planned", "make the steps longer"
        return
    twice = [label for label, times in Counter(period.label for period in settings.periods).items() if times > 1]
    if twice:
        what = f"{len(twice)} names stand for more than one period, the first is {twice[0]!r}"
        yield ("period",), what, "use whole years, or parts of a year such as 0.5, 0.25 or a twelfth"


def decisions_fall_inside(settings: Settings) -> Iterator[Finding]:
    """The plan decides something and shows something: both dates lie before the last period's end."""
    if not settings.period:
        return
    first, last = settings.period[0].start, settings.period[-1].end
    if settings.decide_from is not None and settings.decide_from >= last:
        yield ("decide_from",), f"{settings.decide_from:g} is after the last period", f"set it before {last:g}"
    if settings.shown_until is not None and settings.shown_until + 1 <= first:
        yield ("shown_until",), f"{settings.shown_until} is before the first period", f"set it to {int(first)} or later"


def money_is_counted_in_its_currency(settings: Settings) -> Iterator[Finding]:
    """The money unit is a multiple of the currency, and both can be read."""
    try:
        factor(settings.currency, settings.money_unit)
    except UnitError as error:
        yield ("money_unit",), str(error), "use a multiple of the currency, such as GUSD for USD"


def target_weights_fall_inside(settings: Settings) -> Iterator[Finding]:
    """Weights by year name years that are planned, and one of them counts."""
    weights = settings.target.weights
    if not isinstance(weights, dict) or not settings.period:
        return
    first, last = settings.period[0].start, settings.period[-1].end
    if not any(weight > 0 and first - 1 < year < last for year, weight in weights.items()):
        yield (
            ("target", "weights"),
            "no planned year has a weight above zero",
            f"weigh years from {first:g} to {last:g}",
        )


def edits_change_one_way(scenario: Scenario) -> Iterator[Finding]:
    """An edit sets, multiplies or adds: one of them."""
    yield from _edits_one_way((), scenario.edit)


def edits_of_nodes_change_one_way(tree: TreeFile) -> Iterator[Finding]:
    """An edit of a node sets, multiplies or adds: one of them."""
    for place, node in enumerate(tree.node):
        yield from _edits_one_way(("node", place), node.edit)


def _edits_one_way(above: Place, edits: Sequence[EditBlock]) -> Iterator[Finding]:
    for place, edit in enumerate(edits):
        given = [name for name in ("set", "multiply", "add") if getattr(edit, name) is not None]
        if len(given) != 1:
            what = f"has {' and '.join(given)}" if given else "changes nothing"
            yield (*above, "edit", place), what, "give exactly one of set, multiply, add"


def spans_end_after_their_start(scenario: Scenario) -> Iterator[Finding]:
    """What is kept and what a programme orders spans some time: until is not before from."""
    for where, start, end in _spans(scenario):
        if start is not None and end is not None and end + 1 <= start:
            yield (*where, "until"), f"{end:g} is before {start:g}", "let it end after its start"


def spans_hold_a_period(scenario: Scenario, settings: Settings) -> Iterator[Finding]:
    """In the time for which something is kept, or a programme orders, some period of the case starts."""
    starts = [period.start for period in settings.periods]
    for where, first, last in _spans(scenario):
        if not any((first is None or start >= first) and (last is None or start < last + 1) for start in starts):
            what = "no period of the case starts in its time"
            yield where, what, f"let it span some of {starts[0]:g} to {starts[-1]:g}"


def programmes_stand_on_a_plan(scenario: Scenario) -> Iterator[Finding]:
    """A programme comes on top of a kept plan, and its groups are labels of orders."""
    if scenario.programme is None:
        return
    if not scenario.keep:
        what = "stands on no plan: there is nothing that it comes on top of"
        yield ("programme",), what, 'add a [[keep]] with run = "..." and as = "floor"'
    for place, group in enumerate(scenario.programme.groups):
        for label in group:
            if label not in FUNDED:
                what = f"group {place + 1} names {label!r}, which orders do not have"
                yield ("programme", "groups"), what, f"use {', '.join(FUNDED)}"


def _spans(scenario: Scenario) -> Iterator[tuple[Place, float | None, float | None]]:
    """What a scenario gives a time: its place, from, until."""
    for place, keep in enumerate(scenario.keep):
        yield ("keep", place), keep.from_, keep.until
    if scenario.programme is not None:
        yield ("programme",), scenario.programme.from_, scenario.programme.until


SETTINGS_RULES = (
    periods_follow_each_other,
    steps_divide_their_blocks,
    decisions_fall_inside,
    money_is_counted_in_its_currency,
    target_weights_fall_inside,
)
SCENARIO_RULES = (edits_change_one_way, spans_end_after_their_start, programmes_stand_on_a_plan)
TREE_RULES = (edits_of_nodes_change_one_way,)
