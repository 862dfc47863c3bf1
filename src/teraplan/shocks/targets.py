"""What a shock hits: labels, patterns and groups become the plants of a case, or a fault says why not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from teraplan.case.case import Case
from teraplan.case.norms import members
from teraplan.case.patterns import matching
from teraplan.case.resolve import SITE, Tables
from teraplan.case.tables import COST_ITEMS
from teraplan.errors import Fault, did_you_mean

PLACES = ("process", "region", "maker", "stage", "commodity", "origin", "destination", "item")
"""The labels by which a target is chosen."""
ROUTE = ("commodity", "origin", "destination")
EVERY = "*"


@dataclass(frozen=True)
class Target:
    """One thing that a shock hits, how deep, and for how long.

    Labels are those of the case, patterns such as `fab_*`, alternatives `a|b`, or names of groups; `*` is any.
    """

    kind: str = "outage"
    """What happens to it: one of `case.tables.SHOCKS`."""
    process: str = EVERY
    """Process, pattern or group."""
    region: str = EVERY
    """Region, pattern or group: where a process stands."""
    maker: str = EVERY
    """Maker of the process, pattern or group."""
    stage: str = EVERY
    """Stage of the process."""
    commodity: str = EVERY
    """Commodity: the processes that make it; with an origin or a destination, what is sent of it."""
    origin: str = EVERY
    """Region from which a route leaves."""
    destination: str = EVERY
    """Region in which a route ends, or of a ban where goods are used."""
    item: str = EVERY
    """Item of the costs, or pattern."""
    factor: float = 0.0
    """What it is multiplied by while the shock lasts [1]: 0 is all lost, 1 changes nothing."""
    duration: float = 1.0
    """How long it lasts at full depth [year]."""
    recovery: float = 0.0
    """How long the way back takes, in a straight line [year]."""

    @property
    def chosen(self) -> dict[str, str]:
        """The labels that it names."""
        return {name: getattr(self, name) for name in PLACES if getattr(self, name) != EVERY}

    def __str__(self) -> str:
        """Say it in a line: `outage of process=fab_*, region=TWN, factor 0.1 for 1 year, back in 0.5 years`."""
        what = ", ".join(f"{name}={wanted}" for name, wanted in self.chosen.items()) or "everything"
        back = f", back in {_years(self.recovery)}" if self.recovery else ""
        return f"{self.kind} of {what}, factor {self.factor:g} for {_years(self.duration)}{back}"


@dataclass(frozen=True)
class Hit:
    """A target at its date, on its way into the tables of a case."""

    case: Case
    """The case before any shock."""
    target: Target
    start: float
    """When it begins [decimal year]."""
    depth: pl.DataFrame
    """year, depth: its mean depth in each calendar year [1]."""
    name: str
    """What new limits and rules are called."""
    origin: str
    """What changed cells name as their source."""

    @property
    def where(self) -> str:
        """What faults name."""
        return f"{self.name}: {self.target}"

    @property
    def left(self) -> pl.DataFrame:
        """The mean factor of each calendar year: year, left [1]."""
        return self.depth.select("year", left=1.0 + (self.target.factor - 1.0) * pl.col("depth"))


def plants(tables: Tables, target: Target) -> pl.DataFrame:
    """Return the (process, region) pairs that a target hits: those that stand or may be ordered, and fit every label.

    With a commodity, those that make it.
    """
    pairs = pl.concat([tables.frames[name].select(SITE) for name in ("sites", "capacity")]).unique(maintain_order=True)
    processes = tables.frames["processes"].select("process", "maker", "stage")
    known = pairs.join(processes, on="process", maintain_order="left")
    for label in ("process", "region", "maker", "stage"):
        if (wanted := getattr(target, label)) != EVERY:
            known = known.filter(pl.col(label).is_in(meant(tables, label, wanted)))
    if target.commodity != EVERY:
        makers = tables.frames["recipes"].filter(
            (pl.col("flow") == "out") & pl.col("commodity").is_in(meant(tables, "commodity", target.commodity))
        )
        known = known.join(makers.select(SITE).unique(), on=SITE, how="semi")
    return known.select(SITE)


def meant(tables: Tables, label: str, wanted: str) -> list[str]:
    """Return the labels of a case that a word stands for: a group, a pattern, a label, or several with | between."""
    words = wanted.split("|")
    if label in ("process", "region", "commodity"):
        return members(tables, label, words)["member"].unique(maintain_order=True).to_list()
    if label in ("origin", "destination"):
        return meant(tables, "region", wanted)
    if label == "item":
        return [name for word in words for name in matching(word, COST_ITEMS)]
    groups = tables.frames["groups"].filter((pl.col("kind") == label) & pl.col("group").is_in(words))
    return [*groups["member"], *(name for word in words for name in matching(word, known_labels(tables, label)))]


def known_labels(tables: Tables, label: str) -> list[str]:
    """Return every label of its kind that a case has."""
    if label == "item":
        return list(COST_ITEMS)
    table = {"commodity": "commodities", "origin": "regions", "destination": "regions", "region": "regions"}
    column = {"origin": "region", "destination": "region"}.get(label, label)
    found: list[str] = (
        tables.frames[table.get(label, "processes")][column].drop_nulls().unique(maintain_order=True).to_list()
    )
    return found


def strangers(tables: Tables, where: str, target: Target) -> list[Fault]:
    """Return a fault for every label of a target that stands for nothing in the case."""
    faults = []
    for label, wanted in target.chosen.items():
        if not meant(tables, label, wanted):
            kind = {"origin": "region", "destination": "region"}.get(label, label)
            groups = tables.frames["groups"].filter(pl.col("kind") == kind)["group"].to_list()
            fix = did_you_mean(wanted, [*known_labels(tables, label), *groups])
            faults.append(Fault(where, f"there is no {label} {wanted!r}", fix))
    return faults


def nothing_there(tables: Tables, where: str, target: Target) -> Fault:
    """Return the fault of a target of which every label is known and no plant has them all: what is near."""
    near: Sequence[str] = []
    for name in ("region", "stage", "maker", "process", "commodity"):
        found = plants(tables, replace(target, **{name: EVERY}))  # type: ignore[arg-type]
        if getattr(target, name) != EVERY and found.height:
            near = found["region" if name == "region" else "process"].unique(maintain_order=True).sort().to_list()
            break
    what = f"hits nothing: no plant has all of {', '.join(f'{k}={v}' for k, v in target.chosen.items())}"
    return Fault(where, what, f"near it: {', '.join(near[:8])}" if near else "name fewer labels")


def routes(tables: Tables, target: Target) -> pl.DataFrame:
    """Return the routes that a target hits, with their columns."""
    found = tables.frames["routes"]
    for label in ROUTE:
        if (wanted := getattr(target, label)) != EVERY:
            found = found.filter(pl.col(label).is_in(meant(tables, label, wanted)))
    return found


def _years(length: float) -> str:
    return "1 year" if length == 1 else f"{length:g} years"
