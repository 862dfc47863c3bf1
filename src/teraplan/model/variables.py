"""The table of decision variables: name, labels, unit, meaning. Everything that names a variable reads it here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from teraplan.case.case import Case
from teraplan.model.algebra import Expression
from teraplan.model.coded import Coded, ordered
from teraplan.model.remembered import Remembered


@dataclass(frozen=True)
class Variable:
    """One kind of decision: name, labels, unit in words, meaning, and the Case field that says where it exists.

    whole: whether it takes whole numbers only.
    """

    name: str
    labels: tuple[str, ...]
    unit: str
    meaning: str
    exists: str
    whole: bool = False


VARIABLES = (
    Variable("order", ("process", "region", "period"), "capacity", "capacity ordered in the period", "order_sites"),
    Variable(
        "blocks",
        ("process", "region", "period"),
        "blocks",
        "whole blocks that orders are made of",
        "block_sites",
        whole=True,
    ),
    Variable(
        "retire",
        ("process", "region", "order_period", "period"),
        "capacity",
        "capacity of an order period that is taken out at the start of the period",
        "retire_sites",
    ),
    Variable(
        "activity",
        ("process", "mode", "region", "period"),
        "activity / year",
        "operation of processes on the yearly clock",
        "activity_sites",
    ),
    Variable(
        "sliced_activity",
        ("process", "mode", "region", "period", "slice"),
        "activity / year",
        "operation in a slice of the year; slices sum to the year",
        "sliced_activity_sites",
    ),
    Variable(
        "ship",
        ("commodity", "origin", "destination", "period"),
        "commodity / year",
        "what is sent on a route",
        "ship_routes",
    ),
    Variable(
        "sliced_ship",
        ("commodity", "origin", "destination", "period", "slice"),
        "commodity / year",
        "what is sent on a route in a slice of the year",
        "sliced_ship_routes",
    ),
    Variable(
        "stock", ("commodity", "region", "period"), "commodity", "what is kept at the end of the period", "stock_places"
    ),
    Variable(
        "level",
        ("process", "region", "period", "slice"),
        "commodity in one day",
        "state of charge at the end of the slice",
        "level_places",
    ),
    Variable(
        "season_level",
        ("process", "region", "period", "season"),
        "commodity",
        "level of carried storage at the start of the season, in the first year of the period",
        "season_places",
    ),
    Variable(
        "shortage",
        ("commodity", "region", "buyer", "period", "step"),
        "commodity / year",
        "a step of a demand curve that is not served",
        "demand_steps",
    ),
)


@dataclass(frozen=True)
class Variables:
    """The columns of one problem as expressions with coefficient 1; `listed` has them all in program order."""

    listed: Coded
    order: Expression
    blocks: Expression
    retire: Expression
    activity: Expression
    sliced_activity: Expression
    ship: Expression
    sliced_ship: Expression
    stock: Expression
    level: Expression
    season_level: Expression
    shortage: Expression

    @property
    def columns(self) -> pl.DataFrame:
        """Return every column: `variable`, its labels as texts, `column`."""
        return self.listed.texts

    @property
    def count(self) -> int:
        """Return how many columns there are."""
        return self.listed.frame.height


def declare_variables(case: Case, remembered: Remembered | None = None) -> Variables:
    """Return the decision variables of a case: a column wherever its Case field has a row, in sorted order."""
    made = remembered or Remembered()
    places = [made(f"places of {variable.name}", _places, case, variable) for variable in VARIABLES]
    return made("variables", _numbered, places)


def _places(case: Case, variable: Variable) -> pl.DataFrame:
    exists: pl.DataFrame = getattr(case, variable.exists)
    return ordered(exists, variable.labels)


def _numbered(every: Sequence[pl.DataFrame]) -> Variables:
    frames: dict[str, pl.DataFrame] = {}
    first = 0
    for variable, places in zip(VARIABLES, every, strict=True):
        frames[variable.name] = places.with_columns(
            column=pl.int_range(first, first + places.height, dtype=pl.Int64), coefficient=pl.lit(1.0)
        )
        first += places.height
    return Variables(listed=Coded(_listed(frames)), **_expressions(frames))


def _expressions(frames: Mapping[str, pl.DataFrame]) -> dict[str, Expression]:
    return {variable.name: Expression(variable.labels, frames[variable.name]) for variable in VARIABLES}


def _listed(frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    kinds = pl.Enum(list(frames))
    named = [frame.drop("coefficient").with_columns(variable=pl.lit(name, kinds)) for name, frame in frames.items()]
    return pl.concat(named, how="diagonal")
