"""The schema: every table of a case and every column, with its kind, meaning and default.

Checks, reader, documentation and datapackage.json all read this file. It says what a table looks like on disk, not how
the program holds it. The settings of case.toml and scenario files are in `settings`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from teraplan.case.schema import Column, Table

WORLD = "WLD"
OVER = " over "
"""What stands between the measures of a part and of its whole, where they differ."""


@dataclass(frozen=True)
class CostItem:
    """A kind of money: what it is paid per (order, capacity, activity), and whether it is a transfer."""

    per: str
    transfer: bool
    meaning: str


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
    "carrying": CostItem("stock", False, "cost of keeping a unit a year; comes from the table stocks"),
}
LIMIT_KINDS = (
    "order_max", "order_min", "order_cumulative_max", "capacity_max", "capacity_min", "activity_max", "activity_min",
    "activity_cumulative_max", "activity_cumulative_min", "growth", "seed", "order_fall", "activity_fall",
    "emission_max", "emission_cumulative_max",
)  # fmt: skip


@dataclass(frozen=True)
class ShockKind:
    """A kind of shock: the labels by which its targets are chosen, the least and largest factor, and what happens."""

    labels: tuple[str, ...]
    factor: tuple[float, float]
    meaning: str


PLANT = ("process", "region", "maker", "stage")
SHOCKS: Mapping[str, ShockKind] = {
    "outage": ShockKind(
        (*PLANT, "commodity", "origin", "destination"),
        (0.0, 1.0),
        "plants run, or routes carry, a share of what they could",
    ),
    "ban": ShockKind(("commodity", "origin", "destination"), (0.0, 1.0), "a share of goods may be used or arrive"),
    "order": ShockKind((*PLANT, "commodity"), (0.0, 1.0), "a share of orders is placed: who funds them stops"),
    "delay": ShockKind((*PLANT, "commodity"), (0.0, 1.0), "what is ordered is built at a share of its pace"),
    "demand": ShockKind(("commodity", "region"), (0.0, 1e6), "demand is multiplied"),
    "cost": ShockKind((*PLANT, "item"), (0.0, 1e6), "costs are multiplied"),
    "tariff": ShockKind((*PLANT, "item"), (1.0, 1e6), "a duty on costs: 1.25 is a quarter more"),
}
STORE_ITEMS = ("opening", "least_share", "charge_max", "discharge_max")
EMISSION_KINDS = ("emission_max", "emission_cumulative_max")
"""Limits of what is put out of a commodity; the others count processes."""
ANY = (-1e12, 1e12)
POSITIVE = (1e-9, 1e12)
NOT_NEGATIVE = (0.0, 1e12)
SHARE = (0.0, 1.0)
VALUE_BOUNDS: Mapping[str, Mapping[str, tuple[float, float]]] = {
    "exchange": {"": POSITIVE},
    "deflators": {"": POSITIVE},
    "recipes": {"out": (-1e9, 1e9), "": (0.0, 1e9)},
    "costs": {"capex": NOT_NEGATIVE, "fixed": NOT_NEGATIVE, "subsidy": (-1e12, 0.0), "": ANY},
    "lead_times": {"": (0.0, 600.0)},
    "profiles": {"": SHARE},
    "load_shapes": {"": SHARE},
    "availability": {"": SHARE},
    "store_limits": {"least_share": SHARE, "": NOT_NEGATIVE},
    "capacity": {"": NOT_NEGATIVE},
    "limits": {"emission_max": ANY, "emission_cumulative_max": ANY, "": NOT_NEGATIVE},
    "shares": {"": NOT_NEGATIVE},
    "rules": {"": NOT_NEGATIVE},
    "demand": {"local_share_min": SHARE, "": NOT_NEGATIVE},
    "reserve": {"firm_share": SHARE, "": (0.0, 10.0)},
    "taxes": {"": NOT_NEGATIVE},
    "commitments": {"": NOT_NEGATIVE},
    "shocks": {"": NOT_NEGATIVE},
    "tree": {"": SHARE},
    "uncertainties": {"": (-1.0, 1.0)},
}
"""Smallest and largest value of a long table, by item, kind or flow ("" is any), in the unit that is used inside."""


def _label(name: str, meaning: str, refers: str = "", required: bool = True) -> Column:
    return Column(name, "label", meaning, required=required, key=True, refers=refers)


def _pattern(name: str, meaning: str, refers: str, default: str | None = None) -> Column:
    return Column(name, "pattern", meaning, required=default is None, key=True, default=default, refers=refers)


def _set(name: str, meaning: str, default: str | None = None) -> Column:
    return Column(name, "pattern", meaning, required=default is None, key=True, default=default)


def _choice(name: str, meaning: str, choices: tuple[str, ...], default: str | None = None, key: bool = False) -> Column:
    return Column(name, "text", meaning, required=default is None, key=key, default=default, choices=choices)


YEAR = Column("year", "year", "calendar year; empty is every year", key=True)
PROCESS = _pattern("process", "process or pattern", "processes")
REGION = _pattern("region", "region or pattern", "regions", default="*")
YES_NO = ("yes", "no")

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
            _choice("kind", "count and emission have no balance", ("good", "service", "emission", "count")),
            Column("stage", "text", "label for reports"),
            _choice("clock", "balanced by the year or in each slice", ("yearly", "sliced"), "yearly"),
            _choice("scope", "balanced in each region or in one world pool", ("region", "world"), "region"),
            Column("maker", "text", "who makes it; for reports"),
            _choice("disposal", "whether it may be thrown away", ("free", "none"), "free"),
        ), sourced=False, required=True),
        Table("processes", "ways of turning commodities into commodities", (
            _label("process", "identifier"),
            Column("name", "text", "its name"),
            Column("stage", "text", "label for reports", required=True),
            Column("maker", "text", "whose it is; groups of kind maker name it"),
            _choice("clock", "runs by the year or in each slice", ("yearly", "sliced"), "yearly"),
            Column("capacity_unit", "text", "unit of capacity; empty: limited by its inputs alone"),
            Column("activity_unit", "text", "unit of activity as an amount", required=True),
            Column("rate", "number", "activity per unit of capacity and year", default=1.0, positive=True),
            Column("life", "number", "years in service [year]", positive=True, high=10_000),
            Column("hurdle_rate", "number", "what its owner asks for on money of orders; empty: the discount rate "
                   "[1/year]", low=0, high=1),
            Column("block", "number", "orders are whole numbers of blocks of this size [capacity]; empty: any amount",
                   positive=True),
            Column("retire_early", "flag", "whether capacity may be taken out before its life ends", default="no",
                   choices=YES_NO),
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
            Column("flow", "text", "in, out: per unit of activity; build: per unit of capacity ordered; release: "
                   "per unit of capacity that ends its life or is retired", required=True, key=True,
                   choices=("in", "out", "build", "release")),
            _label("commodity", "identifier", "commodities"),
            YEAR,
            REGION,
            Column("offset_month", "number",
                   "months before output or start at which it is needed, but not before the order [month]",
                   default=0.0, key=True, low=-240, high=240),
        ), long=True, required=True),
        Table("costs", "money per unit of order, capacity or activity", (
            _pattern("process", "process or pattern", "processes"),
            Column("commodity", "label", "costs of commodities are in stocks and routes; not in this version", key=True,
                   refers="commodities", later=("*",)),
            Column("mode", "pattern", "mode or pattern; only for items paid per activity", key=True, default="*"),
            REGION,
            _choice("item", "what is paid for",
                    tuple(item for item, cost in COST_ITEMS.items() if cost.per != "stock"), key=True),
            YEAR,
        ), long=True, required=True),
        Table("lead_times", "time from order to start [month]", (
            PROCESS,
            REGION,
            Column("spend_profile", "label", "how money is paid between order and start; empty: evenly",
                   refers="profiles"),
            Column("ramp", "label", "share of nameplate by year of age; empty: all at once", refers="profiles"),
        ), long=True),
        Table("profiles", "spend curves and ramps by age [1]", (
            _label("profile", "identifier"),
            Column("position", "whole", "1, 2, ...: part of the lead time, or year of age", required=True, key=True,
                   low=1, high=1000),
        ), long=True),
        Table("slices", "parts of the year that repeat", (
            _label("slice", "identifier"),
            Column("day_type", "text", "slices of a day type follow each other", required=True),
            Column("order", "number", "place in the day type; the day types of a season follow each other in it",
                   required=True),
            Column("weight", "number", "share of the year [1]", required=True, positive=True, high=1),
            Column("season", "whole", "1, 2, ...: seasons follow each other in the year; for carried storage",
                   default=1, low=1, high=1000),
            Column("days", "number", "days of this type in a row in each week of the season; for carried storage",
                   default=1.0, positive=True, high=366),
            Column("hours", "number", "length of the block on one day; empty: 24 hours split by the weights of its day "
                   "type; for carried storage [hour]", positive=True, high=8784),
        )),
        Table("load_shapes", "share of a year's demand that falls in a slice [1]; without rows: its weight", (
            _label("commodity", "identifier", "commodities"),
            REGION,
            _label("slice", "identifier", "slices"),
            YEAR,
        ), long=True),
        Table("availability", "share of usable capacity that can run [1]", (
            PROCESS,
            REGION,
            Column("slice", "pattern", "a slice, * for every slice, empty for the yearly sum", key=True,
                   refers="slices"),
            YEAR,
        ), long=True),
        Table("capacity", "what was there or was ordered before the plan decides [capacity]", (
            _label("process", "identifier", "processes"),
            _label("region", "identifier", "regions"),
            Column("start", "date", "start of service", required=True, key=True),
            _choice("status", "how sure it is; for reports, all count alike",
                    ("operating", "under_construction", "announced"), "operating", key=True),
            Column("end", "date", "end of service; empty: start and life"),
            Column("spent_share", "number", "share of its money already paid [1]; empty: by the spend profile",
                   low=0, high=1),
            Column("inputs", "flag", "whether its build inputs are demanded", default="no", choices=YES_NO),
            Column("ramped", "flag", "yes: it ramps from its start; no: the value is the effective level",
                   default="no", choices=YES_NO),
        ), long=True),
        Table("stocks", "what is kept or in the pipeline", (
            _label("commodity", "identifier", "commodities"),
            _label("region", "identifier", "regions"),
            _choice("kind", "pipeline: only for inputs before the first period", ("pipeline", "carried")),
            Column("opening", "number", "at the start [commodity]", default=0.0, low=0),
            Column("keep", "number", "share kept a year [1]", default=1.0, low=0, high=1),
            Column("carrying_cost", "number", "money per unit and year [money unit/commodity/year]", default=0.0,
                   low=0),
            _choice("closing", "what must be left", ("free", "opening"), "free"),
        )),
        Table("storage", "processes that store", (
            _label("process", "identifier", "processes"),
            Column("commodity", "label", "what is stored", required=True, refers="commodities"),
            _choice("kind", "cycled: its capacity is power, its modes charge and discharge, its level comes round with "
                    "each day type; carried: its capacity is an amount, other processes put in (recipe out) and take "
                    "out (recipe in) its commodity, its level is handed on through seasons and years",
                    ("cycled", "carried"), "cycled"),
            Column("hours", "number", "hours of discharge at full power; of cycled storage", positive=True),
            Column("efficiency", "number", "round trip, on charge; of cycled storage [1]", positive=True, high=1),
            Column("loss", "number", "share lost from slice to slice; of cycled storage [1]", default=0.0, low=0,
                   high=1),
            _choice("opening", "level at the start of carried storage: the amount in store_limits (0 if it has none), "
                    "or whatever is best", ("given", "free"), "given"),
        )),
        Table("store_limits", "what carried storage holds at first, must keep, and takes in and gives out at most", (
            PROCESS,
            REGION,
            _choice("item", "opening [commodity], least_share of capacity [1], charge_max and discharge_max of a store "
                    "at any time [commodity/year]", STORE_ITEMS, key=True),
            YEAR,
        ), long=True),
        Table("groups", "named sets", (
            _label("group", "identifier"),
            _choice("kind", "what its members are; sets of partners are read by no plan of this version",
                    ("process", "commodity", "region", "partner", "maker"), key=True),
            Column("member", "pattern", "label or pattern", required=True, key=True),
        ), sourced=False),
        Table("limits", "bounds on orders, capacity, activity and emissions of groups", (
            _label("limit", "identifier"),
            _choice("kind", "what is limited", LIMIT_KINDS, key=True),
            _set("group", "process group, process or pattern; the commodity of an emission"),
            _set("region_group", "region group or region; * all together; each: one limit a region", "*"),
            YEAR,
        ), long=True, ends=True),
        Table("shares", "a part against a whole [1]", (
            _label("share", "identifier"),
            _set("numerator_group", "the part"),
            _set("denominator_group", "the whole"),
            _set("numerator_regions", "regions of the part", "*"),
            _set("denominator_regions", "regions of the whole", "*"),
            Column("of", "text", "order, capacity, activity, out:COMMODITY, use:COMMODITY, or one of these flows over "
                   "another: out:A over out:B", required=True, key=True),
            _choice("sense", "floor or ceiling", ("at_least", "at_most"), key=True),
            YEAR,
        ), long=True, ends=True),
        Table("rules", "licences and bans on use or arrival of goods", (
            _label("rule", "identifier"),
            _set("commodity_group", "goods, group or pattern"),
            _set("origin_group", "where from (arrivals)", "*"),
            _set("destination_group", "where used or arriving"),
            Column("of", "text", "use, use:COUNT_COMMODITY or arrivals", required=True, key=True),
            YEAR,
        ), long=True, ends=True),
        Table("routes", "where goods of regional scope may be shipped", (
            _label("commodity", "identifier", "commodities"),
            _label("origin", "region", "regions"),
            _label("destination", "region", "regions"),
            Column("cost", "number", "money per unit sent [money unit/commodity]", default=0.0, low=0),
            Column("loss", "number", "share lost [1]", default=0.0, low=0, high=1),
            Column("capacity", "number", "most that may be sent [commodity/year]", low=0),
        )),
        Table("demand", "final demand and what it is worth", (
            _label("commodity", "identifier", "commodities"),
            _pattern("region", "region; a pattern for prices, steps and shares", "regions", default="*"),
            Column("buyer", "label", "who buys", key=True, default="all"),
            YEAR,
            _choice("item", "what the number is",
                    ("quantity", "anchor_price", "step_width", "step_price", "local_share_min"), key=True),
            Column("step", "whole", "step of the demand curve", key=True, low=0, high=10_000),
        ), long=True, required=True),
        Table("reserve", "firm capacity above the load", (
            _choice("item", "margin of a commodity over its use; cover: least firm capacity of a region over output "
                    "of the commodity in a slice; firm share of a process",
                    ("margin", "cover", "firm_share"), key=True),
            Column("commodity", "label", "of a margin or cover; a firm share counts for every output", key=True,
                   refers="commodities"),
            _pattern("process", "of a firm share", "processes", default=""),
            REGION,
            YEAR,
        ), long=True),
        Table("taxes", "transfers between owners and states", (
            _label("tax", "identifier"),
            _choice("kind", "credit and grant reduce what is paid; a price is on an emission",
                    ("credit", "grant", "charge", "tariff", "price"), key=True),
            PROCESS,
            REGION,
            Column("of", "label", "item of the costs that it is a share of, or the commodity that is priced",
                   required=True, key=True),
            YEAR,
        ), long=True, ends=True),
        Table("partners", "who pays, owns, runs, buys; read by no plan of this version", (
            _label("partner", "identifier"),
            Column("title", "text", "name"),
            Column("role", "text", "what they do"),
        ), sourced=False),
        Table("commitments", "who may fund what by year; read by no plan of this version", (
            _label("partner", "identifier", "partners"),
            Column("stage", "text", "stage or instrument", key=True),
            Column("first_year", "year", "from"),
            Column("last_year", "year", "until"),
            Column("per_year_max", "number", "most in a year [money unit]", low=0),
        ), long=True),
        Table("shocks", "what may go wrong; rows with one name are hit together", (
            _label("shock", "identifier"),
            Column("title", "text", "name"),
            _choice("kind", "what happens", tuple(SHOCKS), "outage", key=True),
            _set("process", "process, pattern or group", "*"),
            _set("region", "region, pattern or group: where a process stands", "*"),
            _set("maker", "maker of the process, pattern or group", "*"),
            _set("stage", "stage of the process, or pattern", "*"),
            _set("commodity", "commodity, pattern or group: those that make it; with an origin or a destination, what "
                 "is sent of it", "*"),
            _set("origin", "region from which a route leaves", "*"),
            _set("destination", "region in which a route ends, or of a ban where goods are used", "*"),
            _set("item", "item of the costs, or pattern; of a cost or tariff", "*"),
            Column("start", "number", "when it begins [decimal year]; empty: said when it is applied"),
            Column("duration_year", "number", "how long at full depth [year]", default=1.0, low=0),
            Column("recovery_year", "number", "how long the way back takes [year]", default=0.0, low=0),
            Column("yearly_rate", "number", "how often [1/year]", default=0.0, low=0),
        ), long=True),
        Table("tree", "a tree of futures: how likely each is after its parent [1]; read by hedge", (
            _label("node", "identifier"),
            Column("parent", "label", "node before", refers="tree"),
            Column("known_from", "year", "from when it is known"),
            Column("scenario", "text", "scenario whose edits hold from then on"),
        ), long=True),
        Table("uncertainties", "facts that move together in samples, or nearly: their correlation [1]", (
            _label("group", "identifier"),
            Column("cells", "text", "what belongs to it, as in an edit: TABLE[key=value,...]; a group may have several "
                   "rows, all of one value: 1 moves as one", required=True, key=True),
        ), long=True),
        Table("exchange", "what a unit of a currency was worth in the case's currency", (
            _label("currency", "code, such as EUR"),
            YEAR,
        ), long=True),
        Table("deflators", "price level of a money year over that of the base year [1]", (
            Column("deflated_year", "year", "year of the money", required=True, key=True),
        ), long=True),
        Table("calibration", "public records that a plan is held against", (
            Column("record", "text", "what it is", required=True, key=True),
            Column("stage", "text", "stage under which a backcast counts it"),
            Column("quantity", "text", "function that reads it off a plan; empty: scale only", key=True),
            Column("region", "label", "where", key=True, default=WORLD),
            Column("year", "year", "when", key=True),
            Column("tolerance", "number", "relative [1]", low=0),
            Column("counted", "flag", "whether it counts in the score", default="yes", choices=YES_NO),
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
TABLES_TO_COME = ("ownership", "contracts")
"""Tables that the format knows and this version does not plan with."""
