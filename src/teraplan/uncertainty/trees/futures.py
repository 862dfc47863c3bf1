"""The futures of a tree as cases: for each leaf the data that hold on its path, and the future that is their mean.

The edits of a node hold for calendar years from known_from on, and for orders that are placed from then on (lead
times). What its scenario says of years before is left out: it is past by then, and nobody knew. Capacity that starts
from then on may differ too. All other tables have no years, and a node after the root that would change them is a
fault: it would change what is decided before it is known.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce

import polars as pl

from teraplan.case.assemble import assemble
from teraplan.case.case import Case
from teraplan.case.checks import CASE_CHECKS
from teraplan.case.edit import edited
from teraplan.case.faults import first_of
from teraplan.case.resolve import Tables
from teraplan.errors import CaseError, Fault
from teraplan.uncertainty.trees.tree import Node, Tree

DATED = "year"
DATED_BY = {"capacity": "start", "lead_times": "ordered_from"}
"""What tells the time of the rows of tables without years."""


def leaf_cases(case: Case, tree: Tree) -> dict[str, Case]:
    """Return the case of each leaf: the base case under the edits of the nodes on its path.

    Raises CaseError with every fault of every node.
    """
    faults: list[Fault] = []
    tables = _tables_by_node(case.tables, tree, faults)
    for leaf in tree.leaves:
        faults += [fault for check in CASE_CHECKS for fault in first_of(check(tables[leaf]))]
    if faults:
        raise CaseError(case.name, tuple(dict.fromkeys(faults)))
    return {leaf: assemble(replace(tables[leaf], scenario=leaf)) for leaf in tree.leaves}


def mean_case(leaves: Mapping[str, Case], tree: Tree) -> Case:
    """Return the case whose numbers are the means of the leaves', each weighed by its probability."""
    cases = list(leaves.values())
    chances = [tree.probability(leaf) for leaf in leaves]
    frames = {name: _mean([case.tables.frames[name] for case in cases], chances) for name in cases[0].tables.frames}
    return assemble(replace(cases[0].tables, frames=frames, scenario="mean of the futures"))


def _tables_by_node(tables: Tables, tree: Tree, faults: list[Fault]) -> dict[str, Tables]:
    made: dict[str, Tables] = {}
    times = sorted({node.known_from for node in tree.nodes if node.known_from is not None and node.parent is not None})
    tables = _cut(tables, times)
    for node in tree.nodes:
        if node.parent is None:
            made[node.name] = edited(tables, node.edits, faults)
        else:
            made[node.name] = _from_then_on(made[node.parent], node, faults)
    return made


def _from_then_on(before: Tables, node: Node, faults: list[Fault]) -> Tables:
    """Return the tables of a node: its edits of what comes from then on, all else as in the node before."""
    assert node.known_from is not None
    wrong: list[Fault] = []
    after = edited(before, node.edits, wrong)
    faults += [replace(fault, where=f"{node.at}, {fault.where}") for fault in wrong]
    frames, changed = dict(before.frames), not node.edits
    for name, new in after.frames.items():
        old = before.frames[name]
        if new is old or new.equals(old):
            continue
        frames[name] = _spliced(name, old, new, node.known_from)
        changed |= not frames[name].equals(old)
        faults += _known_too_early(name, old, new, node)
    if not changed and not wrong:
        what = f"the edits of {node.name!r} change nothing from {node.known_from:g} on"
        faults.append(Fault(node.at, what, "edit later years, or let it be known earlier"))
    return replace(after, frames=frames)


def _spliced(name: str, old: pl.DataFrame, new: pl.DataFrame, since: float) -> pl.DataFrame:
    """Return the new rows of what comes from then on, and the old rows of all else; edits keep rows and their order."""
    if name not in DATED_BY and DATED not in old.columns:
        return old
    late = (old[DATED_BY.get(name, DATED)] >= since).fill_null(False)
    return new.select(pl.when(late).then(pl.col(column)).otherwise(old[column]).alias(column) for column in new.columns)


def _cut(tables: Tables, times: Sequence[float]) -> Tables:
    """Return the tables with every lead time in pieces: one for the orders between two of these times."""
    lead_times = tables.frames["lead_times"]
    for time in times:
        inside = (pl.col("ordered_from") < time) & (pl.col("ordered_until") > time)
        pieces = [
            lead_times.filter(~inside),
            lead_times.filter(inside).with_columns(ordered_until=pl.lit(float(time))),
            lead_times.filter(inside).with_columns(ordered_from=pl.lit(float(time))),
        ]
        lead_times = pl.concat(pieces)
    return replace(tables, frames={**tables.frames, "lead_times": lead_times})


def _known_too_early(name: str, old: pl.DataFrame, new: pl.DataFrame, node: Node) -> Iterator[Fault]:
    """A change of what has no date, or of capacity that has started before the node is known."""
    if DATED in old.columns or name == "lead_times":
        return
    moved = old.hash_rows() != new.hash_rows()
    if name in DATED_BY:
        moved = moved & (old[DATED_BY[name]] < node.known_from)
    if moved.any():
        what = f"changes {name}, which holds in all years, and {node.name!r} is not known before {node.known_from:g}"
        yield Fault(node.at, what, "take these edits out of the tree, or put them into the root")


def _mean(frames: Sequence[pl.DataFrame], chances: Sequence[float]) -> pl.DataFrame:
    first = frames[0]
    if all(frame is first or frame.equals(first) for frame in frames):
        return first
    numbers = [name for name, kind in first.schema.items() if kind == pl.Float64]
    means = {
        name: reduce(lambda a, b: a + b, (frame[name] * chance for frame, chance in zip(frames, chances, strict=True)))
        for name in numbers
    }
    return first.with_columns(**means)
