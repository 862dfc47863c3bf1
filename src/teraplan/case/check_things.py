"""Rules of processes and of time between tables: one function a rule, named as what is true."""

from collections.abc import Iterator

import polars as pl

from teraplan.case.amounts import CURRENCIES, readable
from teraplan.case.check_rows import Typed
from teraplan.case.faults import fault_at, in_rows, lines
from teraplan.case.patterns import matching
from teraplan.case.tables import COST_ITEMS
from teraplan.errors import Fault, did_you_mean

OF_ACTIVITY = tuple(item for item, cost in COST_ITEMS.items() if cost.per == "activity")
HAS_PATTERN = r"\*"


def units_can_be_read(typed: Typed) -> Iterator[Fault]:
    """Units of commodities, processes and records are units."""
    for table, columns in (
        ("commodities", ("unit",)),
        ("processes", ("capacity_unit", "activity_unit")),
        ("calibration", ("unit",)),
    ):
        for column in columns:
            units = typed[table].filter(pl.col(column).is_not_null()).group_by(column, maintain_order=True).agg("line")
            for row in units.iter_rows(named=True):
                if not readable(row[column]):
                    what, fix = f"unit {row[column][:60]!r} cannot be read", "write it as GW*year, kwafer/month or 1"
                    yield fault_at(table, row["line"][0], column, what, fix)


def currencies_are_known(typed: Typed) -> Iterator[Fault]:
    """A currency with a rate of exchange is one that units can name."""
    for row in typed["exchange"].filter(~pl.col("currency").is_in(CURRENCIES)).iter_rows(named=True):
        what = f"currency {row['currency']!r} is not known"
        yield fault_at("exchange", row["line"], "currency", what, did_you_mean(row["currency"], CURRENCIES))


def capacity_can_age(typed: Typed) -> Iterator[Fault]:
    """A process with a capacity unit has a life; nothing is said of the capacity of one without.

    Availability is no such thing: a loss of it lowers the floors of take-or-pay, also of what has no capacity.
    """
    sized = pl.col("capacity_unit").is_not_null()
    ageless = typed["processes"].filter(sized & pl.col("life").is_null())
    what = "process {process!r} has a capacity and no life"
    yield from in_rows(("processes", "life"), ageless, what, "give its years in service")
    unsized = pl.col("process").is_in(typed["processes"].filter(~sized)["process"].to_list())
    for table, word, rows in (
        ("capacity", "capacity", typed["capacity"]),
        ("lead_times", "a lead time", typed["lead_times"]),
        ("reserve", "a firm share", typed["reserve"]),
        ("costs", "money for capacity", typed["costs"].filter(~pl.col("item").is_in(OF_ACTIVITY))),
        ("recipes", "build inputs", typed["recipes"].filter(pl.col("flow") == "build")),
        ("recipes", "a release", typed["recipes"].filter(pl.col("flow") == "release")),
    ):
        once = rows.filter(unsized).unique("process", keep="first", maintain_order=True)
        what = f"process {{process!r}} has {word} and no capacity unit"
        yield from in_rows((table, "process"), once, what, "give it a capacity_unit in processes.csv")


def what_is_released_comes_at_the_end(typed: Typed) -> Iterator[Fault]:
    """What capacity releases comes free when it ends, at no other time."""
    moved = typed["recipes"].filter((pl.col("flow") == "release") & (pl.col("offset_month") != 0))
    what = "a release {offset_month:g} months away from the end of life"
    yield from in_rows(("recipes", "offset_month"), moved, what, "leave it empty: it comes free when capacity ends")


def times_run_forward(typed: Typed) -> Iterator[Fault]:
    """Sites close after they open, capacity ends after its start, commitments end after they begin."""
    for table, first, last in (
        ("sites", "first_year", "last_year"),
        ("capacity", "start", "end"),
        ("commitments", "first_year", "last_year"),
    ):
        early = pl.col(last) <= pl.col(first) if table == "capacity" else pl.col(last) < pl.col(first)
        what = f"{last} {{{last}:g}} is before {first} {{{first}:g}}"
        fix = "let it end after its start, or leave the end empty"
        yield from in_rows((table, last), typed[table].filter(early), what, fix)


def profiles_are_whole(typed: Typed) -> Iterator[Fault]:
    """Positions of a profile count 1, 2, 3, ...; a spend profile sums to 1."""
    profiles = (
        typed["profiles"].sort("position").group_by("profile", maintain_order=True).agg("position", "value", "line")
    )
    spend = typed["lead_times"]["spend_profile"].drop_nulls().unique().to_list()
    for row in profiles.iter_rows(named=True):
        if row["position"] != list(range(1, len(row["position"]) + 1)):
            where = f"profiles.csv {lines(row['line'])}, column position"
            yield Fault(where, f"positions of {row['profile']!r} do not count 1, 2, 3, ...", "number them without gaps")
        total = sum(value or 0.0 for value in row["value"])
        if row["profile"] in spend and abs(total - 1.0) > 1e-6:
            where = f"profiles.csv {lines(row['line'])}, column value"
            yield Fault(where, f"spend profile {row['profile']!r} sums to {total:.6g}", "make its shares sum to 1")


def slices_make_up_the_year(typed: Typed) -> Iterator[Fault]:
    """Weights of slices sum to 1, and no two slices stand in one place of their day type."""
    slices = typed["slices"]
    total = float(slices["weight"].sum())
    if slices.height and abs(total - 1.0) > 1e-3:
        yield Fault("slices.csv, column weight", f"weights sum to {total:.6g}", "make them sum to 1")
    twice = slices.filter(pl.struct("day_type", "order").is_duplicated())
    what = "slice {slice!r} shares its place in day type {day_type!r} with another"
    yield from in_rows(("slices", "order"), twice, what, "number the slices of a day type in their order")


def sliced_things_have_slices(typed: Typed) -> Iterator[Fault]:
    """A process or commodity on the sliced clock needs slices.csv; a yearly process has no availability by slice."""
    for table, label in (("processes", "process"), ("commodities", "commodity")):
        sliced = typed[table].filter(pl.col("clock") == "sliced").head(0 if typed["slices"].height else 1)
        what = f"{label} {{{label}!r}} is sliced and there are no slices"
        yield from in_rows((table, "clock"), sliced, what, "add slices.csv, or use the yearly clock")
    yearly = pl.col("process").is_in(typed["processes"].filter(pl.col("clock") == "yearly")["process"].to_list())
    named = typed["availability"].filter(yearly & (pl.col("slice") != "*"))
    what = "process {process!r} runs by the year and has an availability in slice {slice!r}"
    fix = "leave the slice empty, or put the process on the sliced clock"
    yield from in_rows(("availability", "slice"), named, what, fix)


def processes_give_something(typed: Typed) -> Iterator[Fault]:
    """A process without output, storage apart, can only cost."""
    giving = typed["recipes"].filter(pl.col("flow") == "out")["process"].unique().to_list()
    exact = [*giving, *typed["storage"]["process"]]
    for row in typed["processes"].filter(~pl.col("process").is_in(exact)).iter_rows(named=True):
        if not any(matching(pattern, [row["process"]]) for pattern in giving):
            what = f"process {row['process']!r} puts out nothing"
            yield fault_at("processes", row["line"], "process", what, "add a recipe row with flow out")


def processes_stand_somewhere(typed: Typed) -> Iterator[Fault]:
    """A process without site and without capacity can never run."""
    placed = [*typed["sites"]["process"], *typed["capacity"]["process"]]
    homeless = typed["processes"].filter(~pl.col("process").is_in(placed))
    what = "process {process!r} has neither a site nor capacity: it can never be built or run"
    fix = "add a row to sites.csv or capacity.csv, or take it out"
    yield from in_rows(("processes", "process"), homeless, what, fix)


def modes_are_of_recipes(typed: Typed) -> Iterator[Fault]:
    """A cost by mode is one paid per activity, and its mode is in the recipes."""
    known = [*typed["recipes"]["mode"].unique(), "charge", "discharge"]
    named = typed["costs"].filter(pl.col("mode") != "*")
    shared = named.filter(~pl.col("item").is_in(OF_ACTIVITY))
    what = "{item} is paid for capacity, which modes share"
    yield from in_rows(("costs", "mode"), shared, what, "leave the mode empty")
    for row in named.unique("mode", keep="first", maintain_order=True).iter_rows(named=True):
        if not matching(row["mode"], known):
            what = f"no recipe has mode {row['mode']!r}"
            yield fault_at("costs", row["line"], "mode", what, did_you_mean(row["mode"], known))


def outputs_come_when_they_are_made(typed: Typed) -> Iterator[Fault]:
    """Only what is used has an offset."""
    early = typed["recipes"].filter((pl.col("flow") == "out") & (pl.col("offset_month") != 0))
    what = "{commodity!r} is put out, with an offset of {offset_month:g} months"
    yield from in_rows(("recipes", "offset_month"), early, what, "give offsets to inputs, or leave it empty")


THING_CHECKS = (
    units_can_be_read,
    currencies_are_known,
    capacity_can_age,
    what_is_released_comes_at_the_end,
    times_run_forward,
    profiles_are_whole,
    slices_make_up_the_year,
    sliced_things_have_slices,
    processes_give_something,
    processes_stand_somewhere,
    modes_are_of_recipes,
    outputs_come_when_they_are_made,
)
