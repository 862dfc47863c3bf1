"""The schema: every table of a case and every column, with its kind, meaning and default; and the settings of case.toml.

Checks, reader, documentation and datapackage.json all read this file. It says what a table looks like on disk, not how the
program holds it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

GRADES = ("measured", "reported", "estimated", "forecast", "assumption")
WORLD = "WLD"


@dataclass(frozen=True)
class Column:
    """One column of a table.

    kind: label, pattern (a label that may contain `*`), year, number, date (year, decimal year or ISO date), flag, text.
    """

    name: str
    kind: str
    meaning: str
    required: bool = False
    key: bool = False
    default: object = None
    unit: str = ""
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    refers: str = ""


@dataclass(frozen=True)
class Table:
    """One CSV file. `long` tables carry value and unit; `sourced` ones a source and a grade on every row."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    long: bool = False
    sourced: bool = True
    required: bool = False

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that identify a row."""
        return tuple(column.name for column in self.columns if column.key)

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """The table's own columns and those that every number or row carries."""
        return (*self.columns, *(NUMBER if self.long else ()), *(PROVENANCE if self.sourced else ()), NOTE)


@dataclass(frozen=True)
class CostItem:
    """A kind of money: what it is paid per (order, capacity, activity, stock), and whether it is a transfer."""

    per: str
    transfer: bool
    meaning: str


NOTE = Column("note", "text", "why, or what to know")
NUMBER = (
    Column("value", "number", "the number; empty ends a rule, limit or tax"),
    Column("unit", "text", "its unit, read by pint", required=True),
    Column("low", "number", "5th percentile"),
    Column("high", "number", "95th percentile"),
    Column(
        "distribution", "text", "how it is spread", choices=("fixed", "triangular", "uniform", "lognormal", "normal")
    ),
    Column("money_year", "year", "year of the money; empty is the base year"),
)
PROVENANCE = (
    Column("source", "label", "id in sources; empty only for an assumption", refers="sources"),
    Column("grade", "text", "how it is known", required=True, choices=GRADES),
    Column("known_on", "date", "when it was published"),
)
COST_ITEMS: Mapping[str, CostItem] = {
    "capex": CostItem(
        "order", False, "overnight cost of a unit of capacity, without what it is built from inside the model"
    ),
    "subsidy": CostItem("order", True, "paid to the owner on a unit of capacity, below zero"),
    "fixed": CostItem("capacity", False, "cost of a unit of capacity in service a year"),
    "variable": CostItem("activity", False, "cost of a unit of activity"),
    "fuel": CostItem("activity", False, "fuel of a unit of activity"),
    "freight": CostItem("activity", False, "carriage of a unit of activity"),
    "grid_fee": CostItem("activity", False, "network charge on a unit of activity"),
    "margin": CostItem("activity", True, "mark-up of the seller on a unit of activity"),
    "tariff": CostItem("activity", True, "duty on a unit of activity"),
    "carrying": CostItem("stock", False, "cost of keeping a unit a year"),
}
LIMIT_KINDS = (
    "order_max", "order_min", "order_cumulative_max", "capacity_max", "capacity_min", "activity_max", "activity_min",
    "growth", "seed", "order_fall", "activity_fall", "emission_max",
)  # fmt: skip


def _label(name: str, meaning: str, refers: str = "", required: bool = True) -> Column:
    return Column(name, "label", meaning, required=required, key=True, refers=refers)


def _pattern(name: str, meaning: str, refers: str, default: str | None = None) -> Column:
    return Column(name, "pattern", meaning, required=default is None, key=True, default=default, refers=refers)


YEAR = Column("year", "year", "calendar year; empty is every year", key=True)
PROCESS = _pattern("process", "process or pattern", "processes")
REGION = _pattern("region", "region or pattern", "regions", default="*")

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        Table("regions", "where something stands; WLD is the pool of goods traded worldwide", (
            _label("region", "identifier"),
            Column("name", "text", "its name"),
            Column("latitude", "number", "for maps [deg]", low=-90, high=90),
            Column("longitude", "number", "for maps [deg]", low=-180, high=180),
        ), sourced=False, required=True),
        Table("commodities", "everything that is made, used or counted", (
            _label("commodity", "identifier"),
            Column("name", "text", "its name"),
            Column("unit", "text", "its unit as an amount, such as GW*year", required=True),
            Column("kind", "text", "count and emission have no balance", required=True, choices=("good", "service", "emission", "count")),
            Column("stage", "text", "label for reports"),
            Column("clock", "text", "balanced by the year or in each slice", default="yearly", choices=("yearly", "sliced")),
            Column("scope", "text", "balanced in each region or in one world pool", default="region", choices=("region", "world")),
            Column("maker", "text", "who makes it"),
            Column("disposal", "text", "whether it may be thrown away", default="free", choices=("free", "none")),
        ), sourced=False, required=True),
        Table("processes", "ways of turning commodities into commodities", (
            _label("process", "identifier"),
            Column("name", "text", "its name"),
            Column("stage", "text", "label for reports", required=True),
            Column("maker", "text", "whose it is"),
            Column("clock", "text", "runs by the year or in each slice", default="yearly", choices=("yearly", "sliced")),
            Column("capacity_unit", "text", "unit of capacity; empty: limited by its inputs alone"),
            Column("activity_unit", "text", "unit of activity as an amount", required=True),
            Column("rate", "number", "activity per unit of capacity and year", default=1.0, low=0),
            Column("life", "number", "years in service [year]", low=0),
            Column("block", "number", "size of one unit, if lumpy [capacity]", low=0),
        ), required=True),
        Table("sites", "where and when a process may be ordered; the only source of existence", (
            _label("process", "identifier", "processes"),
            _label("region", "identifier", "regions"),
            Column("first_year", "year", "first year of service"),
            Column("last_year", "year", "last year of service start; empty: no end"),
        )),
        Table("recipes", "what a unit of activity makes and uses, and what a unit of capacity is built from", (
            PROCESS,
            Column("mode", "label", "one recipe of a process", key=True, default="main"),
            Column("flow", "label", "direction", required=True, key=True, choices=("in", "out", "build", "release")),
            _label("commodity", "identifier", "commodities"),
            YEAR,
            REGION,
            Column("offset_month", "number", "months before output or start at which it is needed [month]", default=0.0, key=True),
        ), long=True, required=True),
        Table("costs", "money per unit of order, capacity, activity or stock", (
            _pattern("process", "process or pattern", "processes", default=""),
            Column("commodity", "label", "for items of a commodity", key=True, refers="commodities"),
            Column("mode", "pattern", "mode or pattern", key=True, default="*"),
            REGION,
            Column("item", "label", "what is paid for", required=True, key=True, choices=tuple(COST_ITEMS)),
            YEAR,
        ), long=True, required=True),
        Table("lead_times", "time from order to start [month]", (
            PROCESS,
            REGION,
            Column("spend_profile", "label", "how money is paid between order and start; empty: evenly"),
            Column("ramp", "label", "share of nameplate by year of age; empty: all at once"),
        ), long=True),
        Table("profiles", "spend curves, ramps by age", (
            _label("profile", "identifier"),
            _label("position", "1, 2, ... or a slice"),
        ), long=True),
        Table("slices", "parts of the year that repeat", (
            _label("slice", "identifier"),
            Column("day_type", "text", "slices of a day type follow each other", required=True),
            Column("order", "number", "place in the day type", required=True),
            Column("weight", "number", "share of the year [1]", required=True, low=0, high=1),
        )),
        Table("availability", "share of usable capacity that can run [1]", (
            PROCESS,
            REGION,
            Column("slice", "pattern", "a slice, * for every slice, empty for the yearly sum", key=True),
            YEAR,
        ), long=True),
        Table("capacity", "what was there or was ordered before the plan decides [capacity]", (
            _label("process", "identifier", "processes"),
            _label("region", "identifier", "regions"),
            Column("start", "date", "start of service", required=True, key=True),
            Column("status", "text", "how sure it is", default="operating", choices=("operating", "under_construction", "announced"), key=True),
            Column("end", "date", "end of service; empty: start and life"),
            Column("spent_share", "number", "share of its money already paid [1]; empty: by the spend profile", low=0, high=1),
            Column("inputs", "flag", "whether its build inputs are demanded", default="no", choices=("yes", "no")),
            Column("ramped", "flag", "yes: it still ramps; no: the value is the effective level", default="no", choices=("yes", "no")),
        ), long=True),
        Table("stocks", "what is kept or in the pipeline", (
            _label("commodity", "identifier", "commodities"),
            _label("region", "identifier", "regions"),
            Column("kind", "text", "pipeline: only for inputs before the first period", required=True, choices=("pipeline", "carried")),
            Column("opening", "number", "at the start [commodity]", default=0.0, low=0),
            Column("keep", "number", "share kept a year [1]", default=1.0, low=0, high=1),
            Column("carrying_cost", "number", "money per unit and year", default=0.0, low=0),
            Column("closing", "text", "what must be left", default="free", choices=("free", "opening")),
        )),
        Table("storage", "processes that store; modes charge and discharge", (
            _label("process", "identifier", "processes"),
            Column("commodity", "label", "what is stored", required=True, refers="commodities"),
            Column("hours", "number", "hours of discharge at full power [hour]", required=True, low=0),
            Column("efficiency", "number", "round trip, on charge [1]", required=True, low=0, high=1),
            Column("loss", "number", "share lost from slice to slice [1]", default=0.0, low=0, high=1),
        )),
        Table("groups", "named sets", (
            _label("group", "identifier"),
            Column("kind", "text", "what its members are", required=True, key=True, choices=("process", "commodity", "region", "partner", "maker")),
            Column("member", "pattern", "label or pattern", required=True, key=True),
        ), sourced=False),
        Table("limits", "bounds on orders, capacity, activity and emissions of groups", (
            _label("limit", "identifier"),
            Column("kind", "label", "what is limited", required=True, key=True, choices=LIMIT_KINDS),
            _label("group", "process group, process or pattern; the commodity of an emission"),
            Column("region_group", "label", "region group or region; * all together; each: one limit a region", key=True, default="*"),
            YEAR,
        ), long=True),
        Table("shares", "a part against a whole [1]", (
            _label("share", "identifier"),
            _label("numerator_group", "the part"),
            _label("denominator_group", "the whole"),
            Column("numerator_regions", "label", "regions of the part", key=True, default="*"),
            Column("denominator_regions", "label", "regions of the whole", key=True, default="*"),
            Column("of", "text", "order, capacity, activity, out:COMMODITY or use:COMMODITY", required=True, key=True),
            Column("sense", "label", "floor or ceiling", required=True, key=True, choices=("at_least", "at_most")),
            YEAR,
        ), long=True),
        Table("rules", "licences and bans on use or arrival of goods", (
            _label("rule", "identifier"),
            _label("commodity_group", "goods, group or pattern"),
            Column("origin_group", "label", "where from (arrivals)", key=True, default="*"),
            _label("destination_group", "where used or arriving"),
            Column("of", "text", "use, use:COUNT_COMMODITY or arrivals", required=True, key=True),
            YEAR,
        ), long=True),
        Table("routes", "where goods of regional scope may be shipped", (
            _label("commodity", "identifier", "commodities"),
            _label("origin", "region", "regions"),
            _label("destination", "region", "regions"),
            Column("cost", "number", "money per unit sent", default=0.0, low=0),
            Column("loss", "number", "share lost [1]", default=0.0, low=0, high=1),
            Column("capacity", "number", "most that may be sent [commodity/year]", low=0),
        )),
        Table("demand", "final demand and what it is worth", (
            _label("commodity", "identifier", "commodities"),
            _pattern("region", "region or pattern", "regions", default="*"),
            Column("buyer", "label", "who buys", key=True, default="all"),
            YEAR,
            Column("item", "label", "what the number is", required=True, key=True,
                   choices=("quantity", "anchor_price", "step_width", "step_price", "local_share_min")),
            Column("step", "number", "step of the demand curve", key=True),
        ), long=True, required=True),
        Table("reserve", "firm capacity above the load", (
            Column("item", "label", "margin of a commodity or firm share of a process", required=True, key=True, choices=("margin", "firm_share")),
            Column("commodity", "label", "of a margin", key=True, refers="commodities"),
            _pattern("process", "of a firm share", "processes", default=""),
            REGION,
            YEAR,
        ), long=True),
        Table("taxes", "transfers between owners and states", (
            _label("tax", "identifier"),
            Column("kind", "label", "credit and grant reduce what is paid", required=True, key=True,
                   choices=("credit", "grant", "charge", "tariff", "price")),
            PROCESS,
            REGION,
            Column("of", "label", "capex, variable, margin, ... or an emission", required=True, key=True),
            YEAR,
        ), long=True),
        Table("partners", "who pays, owns, runs, buys", (
            _label("partner", "identifier"),
            Column("title", "text", "name"),
            Column("role", "text", "what they do"),
        ), sourced=False),
        Table("commitments", "who may fund what by year", (
            _label("partner", "identifier", "partners"),
            Column("stage", "text", "stage or instrument", key=True),
            Column("first_year", "year", "from"),
            Column("last_year", "year", "until"),
            Column("per_year_max", "number", "most in a year [money]"),
        ), long=True),
        Table("shocks", "what may go wrong", (
            _label("shock", "identifier"),
            Column("title", "text", "name"),
            Column("table", "text", "table it changes", key=True),
            Column("process", "pattern", "process or pattern", key=True, default="*"),
            Column("region", "pattern", "region or pattern", key=True, default="*"),
            Column("duration_year", "number", "how long [year]", low=0),
            Column("recovery_year", "number", "until it is back [year]", low=0),
            Column("yearly_rate", "number", "how often [1/year]", low=0),
        ), long=True),
        Table("tree", "futures and their probabilities [1]", (
            _label("node", "identifier"),
            Column("parent", "label", "node before"),
            Column("known_from", "year", "when it is known"),
            Column("scenario", "text", "scenario that holds there"),
        ), long=True),
        Table("deflators", "price level of a money year over that of the base year [1]", (
            Column("deflated_year", "year", "year of the money", required=True, key=True),
        ), long=True),
        Table("calibration", "public records that a plan is held against", (
            _label("record", "what it is"),
            Column("quantity", "label", "function that reads it off a plan; empty: scale only", key=True),
            Column("region", "label", "where", key=True, default=WORLD),
            Column("year", "year", "when", key=True),
            Column("tolerance", "number", "relative [1]", low=0),
            Column("counted", "flag", "whether it counts in the score", default="yes", choices=("yes", "no")),
            Column("reason", "text", "why not"),
        ), long=True),
        Table("sources", "what the numbers rest on", (
            _label("source", "identifier"),
            Column("title", "text", "what it is", required=True),
            Column("url", "text", "where"),
            Column("licence", "text", "under which licence"),
            Column("read_on", "date", "when it was read"),
        ), sourced=False),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Period:
    """A stretch of time: label, start [decimal year], length [year]."""

    label: str
    start: float
    years: float


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, use_attribute_docstrings=True)


class PeriodBlock(_Model):
    """Periods of one length: start, end (not included), step [year]."""

    start: float
    end: float
    step: Annotated[float, Field(gt=0)] = 1.0


class Timing(_Model):
    """When in its year a payment falls: start, middle or end."""

    capex: Literal["start", "middle", "end"] = "middle"
    running: Literal["start", "middle", "end"] = "middle"
    shortage: Literal["start", "middle", "end"] = "middle"

    def __getitem__(self, kind: str) -> str:
        """Return the timing of a kind of cost."""
        return str(getattr(self, kind))


class Target(_Model):
    """The commodity that the plan is for, and how most_compute weighs its years."""

    commodity: str
    weights: Literal["demand_curve", "discounted"] | dict[int, float] = "demand_curve"


class Settings(_Model):
    """case.toml: what is not a table."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    title: str = ""
    model_schema: Annotated[Literal[1], Field(alias="schema")]
    as_of: date
    base_year: int
    currency: str = "USD"
    money_unit: str = "GUSD"
    period: tuple[PeriodBlock, ...]
    shown_until: int | None = None
    decide_from: float = -9999.0
    discount_rate: Annotated[float, Field(ge=0, lt=1)] = 0.08
    timing: Timing = Timing()
    horizon_end: Literal["annuity", "salvage", "none"] = "annuity"
    order_timing: Literal["even", "start"] = "even"
    view: Literal["system", "buyer"] = "system"
    objective: Literal["least_cost", "most_compute"] = "least_cost"
    activity_cost_floor: Annotated[float, Field(ge=0)] = 1e-6
    target: Target
    default_scenario: str | None = None

    @model_validator(mode="after")
    def _periods_touch(self) -> "Settings":
        for before, after in zip(self.period, self.period[1:], strict=False):
            if abs(before.end - after.start) > 1e-9:
                raise ValueError(
                    f"periods {'overlap' if after.start < before.end else 'leave a gap'} between {before.end:g} and {after.start:g}"
                )
        if not self.period or any(block.end <= block.start for block in self.period):
            raise ValueError("every [[period]] needs an end after its start")
        return self

    @property
    def periods(self) -> tuple[Period, ...]:
        """The periods in order."""
        listed = []
        for block in self.period:
            count = round((block.end - block.start) / block.step)
            edges = [block.start + block.step * position for position in range(count)] + [block.end]
            listed += [Period(_period_label(a, b - a), a, b - a) for a, b in zip(edges, edges[1:], strict=False)]
        return tuple(listed)


class EditBlock(_Model):
    """One [[edit]] of a scenario: table, where, and one of set, multiply, add."""

    table: str
    where: dict[str, Any] = {}
    column: str = "value"
    set: float | None = None
    multiply: float | None = None
    add: float | None = None

    @model_validator(mode="after")
    def _one_change(self) -> "EditBlock":
        if sum(change is not None for change in (self.set, self.multiply, self.add)) != 1:
            raise ValueError("an edit needs exactly one of set, multiply, add")
        return self


class Keep(_Model):
    """One [[keep]] of a scenario: which variables of which stored run hold here, as a floor or fixed."""

    run: str
    variables: tuple[str, ...] = ("order",)
    where: dict[str, Any] = {}
    from_: Annotated[float | None, Field(alias="from")] = None
    until: float | None = None
    as_: Annotated[Literal["fixed", "floor"], Field(alias="as")] = "fixed"


class ProgrammeSettings(_Model):
    """[programme] of a scenario: budget in units of the currency, years in which it orders, what it may fund."""

    budget: Annotated[float, Field(ge=0)]
    from_: Annotated[float | None, Field(alias="from")] = None
    until: float | None = None
    groups: tuple[dict[str, Any], ...] = ()
    view: Literal["system", "buyer"] | None = None
    objective: Literal["least_cost", "most_compute"] | None = None


class Scenario(_Model):
    """A scenario file: edits on resolved cells, kept plans, a programme."""

    title: str = ""
    edit: tuple[EditBlock, ...] = ()
    keep: tuple[Keep, ...] = ()
    programme: ProgrammeSettings | None = None
    view: Literal["system", "buyer"] | None = None
    objective: Literal["least_cost", "most_compute"] | None = None


def _period_label(start: float, years: float) -> str:
    year = int(start + 1e-9)
    if years > 1 + 1e-9:
        return f"{year}-{int(start + years - 1e-9)}"
    if years > 1 - 1e-9:
        return f"{year}"
    parts = round(1 / years)
    letter = {2: "H", 4: "Q", 12: "M"}.get(parts, "P")
    return f"{year}{letter}{round((start - year) * parts) + 1}"
