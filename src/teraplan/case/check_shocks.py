"""Rules of shocks: one function a rule, named as what is true."""

from collections.abc import Iterator

import polars as pl

from teraplan.case.check_rows import Typed
from teraplan.case.faults import fault_at, lines
from teraplan.case.patterns import matching
from teraplan.case.tables import COST_ITEMS, SHOCKS
from teraplan.errors import Fault, did_you_mean

HOMES = {
    "process": ("processes", "process"), "region": ("regions", "region"), "commodity": ("commodities", "commodity"),
    "origin": ("regions", "region"), "destination": ("regions", "region"),
    "maker": ("processes", "maker"), "stage": ("processes", "stage"),
}  # fmt: skip
"""Table and column in which the labels of a target are declared."""
OF_ALL = ("title", "start", "yearly_rate")
"""What the rows of one shock say together."""


def targets_of_shocks_are_known(typed: Typed) -> Iterator[Fault]:
    """What a shock names is a label, a pattern or a group of the case."""
    for label in (*HOMES, "item"):
        table, column = HOMES.get(label, ("costs", "item"))
        known = list(COST_ITEMS) if label == "item" else typed[table][column].drop_nulls().unique().to_list()
        kinds = ("process", "maker") if label == "process" else (column,)
        groups = typed["groups"].filter(pl.col("kind").is_in(kinds))["group"].to_list()
        for row in typed["shocks"].iter_rows(named=True):
            word = row[label]
            if word != "*" and word not in groups and not matching(word, known):
                what = f"{word!r} is no group, label or pattern that matches a {label}"
                yield fault_at("shocks", row["line"], label, what, did_you_mean(word, [*known, *groups]))


def kinds_of_shocks_are_told_by_their_labels(typed: Typed) -> Iterator[Fault]:
    """A target is chosen by labels of its kind, and its factor is one that its kind can have."""
    for row in typed["shocks"].iter_rows(named=True):
        kind = SHOCKS[row["kind"]]
        for label in (*HOMES, "item"):
            if row[label] != "*" and label not in kind.labels:
                what, fix = (
                    f"{label} says nothing of {row['kind']}",
                    f"leave it empty, or name {', '.join(kind.labels)}",
                )
                yield fault_at("shocks", row["line"], label, what, fix)
        least, most = kind.factor
        if row["value"] is not None and not least <= row["value"] <= most:
            what = f"the factor of {row['kind']} is {row['value']:g}"
            yield fault_at(
                "shocks", row["line"], "value", what, f"give one between {least:g} and {most:g}: {kind.meaning}"
            )


def rows_of_a_shock_agree(typed: Typed) -> Iterator[Fault]:
    """Rows with one name are one shock: they have one title, one start and one yearly rate."""
    for row in typed["shocks"].group_by("shock", maintain_order=True).agg("line", *OF_ALL).iter_rows(named=True):
        for column in OF_ALL:
            if len(set(row[column])) > 1:
                what = f"shock {row['shock']!r} has several: {', '.join(map(str, dict.fromkeys(row[column])))}"
                yield Fault(f"shocks.csv {lines(row['line'])}, column {column}", what, "say the same in each row")


SHOCK_CHECKS = (targets_of_shocks_are_known, kinds_of_shocks_are_told_by_their_labels, rows_of_a_shock_agree)
