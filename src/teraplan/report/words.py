"""Numbers, units and labels as people say them: `1.96 billion H100e`, `new orders of Datacentre shell, India`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from math import floor, isfinite, log10
from typing import cast

import polars as pl

from teraplan.results.results import Results
from teraplan.shocks.named import made_by
from teraplan.units import registry

SIZES = {"": 1.0, "kilo": 1e3, "mega": 1e6, "giga": 1e9, "tera": 1e12}
"""Prefixes that are said as words where a unit counts things or money."""
SIZE_WORDS = {1.0: "", 1e3: "thousand ", 1e6: "million ", 1e9: "billion ", 1e12: "trillion "}
PHYSICAL = frozenset(f"[{name}]" for name in ("length", "mass", "time", "current", "temperature", "substance"))
ACRONYM = 3
"""Labels of makers up to this length are written in capitals."""
SPACE = "\N{NO-BREAK SPACE}"
NO_MAKER = "No maker named"
EVERYWHERE = ("*", "")
UNSAID = ("*", "all", "main")
"""Labels that say nothing in a sentence: everything, everybody, the only way of operation."""
ZERO = re.compile(r"0(\.0+)?")
FEW = 2
"""How many names a pattern is said by before they are counted."""
ONE_OF = {
    "availability": "availability",
    "capacity": "capacity in place",
    "costs": "cost",
    "lead_times": "lead time",
    "limits": "limit",
    "processes": "life and size",
    "recipes": "recipe",
    "routes": "route",
    "rules": "rule",
    "shares": "share",
    "sites": "site",
    "stocks": "stock",
    "taxes": "tax or grant",
}
"""Tables, as one number of them is called; others are called as they are."""


ITEMS = {
    "capex": "capital",
    "fixed": "fixed running cost",
    "variable": "variable running cost",
    "margin": "mark-up",
    "credit": "tax credits",
    "grant": "grants",
    "charge": "charges",
    "tariff": "tariffs",
    "price": "price on emissions",
}
"""Items of money as people say them; others are said as they are."""


@dataclass(frozen=True)
class Names:
    """What labels are called: regions; processes and commodities together (`things`)."""

    regions: Mapping[str, str]
    things: Mapping[str, str]

    def region(self, label: str | None) -> str:
        """Return the name of a region, or of both ends of a route; a label without a name stays as it is."""
        if label is None or label in EVERYWHERE:
            return "everywhere"
        return " to ".join(self.regions.get(end, plain(end)) for end in label.split(" to "))

    def thing(self, label: str) -> str:
        """Return the name of a process or commodity, else the label in plain letters."""
        return self.things.get(label, plain(label))

    def has(self, label: str) -> bool:
        """Return whether a label is that of a process or commodity."""
        return label in self.things


def names_of(results: Results) -> Names:
    """Return the names that a plan gives to its regions, processes and commodities."""
    things = {**_pairs(results, "commodities", "commodity"), **_pairs(results, "processes", "process")}
    return Names(_pairs(results, "regions", "region"), things)


def plain(label: str) -> str:
    """Return a label in plain letters: `grid_connections` -> `grid connections`."""
    return label.replace("_", " ").strip()


def capital(text: str) -> str:
    """Return a text with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def item(label: str) -> str:
    """Return an item of money in words: `capex` -> `capital`."""
    return ITEMS.get(label, plain(label))


def short(text: str, most: int = 28) -> str:
    """Return a name that fits beside a figure: up to its first semicolon or bracket, at most `most` letters."""
    first = re.split(r"; | \(", text, maxsplit=1)[0]
    return first if len(first) <= most else f"{first[:most].rsplit(' ', 1)[0]} …"


def maker(label: str | None) -> str:
    """Return the name of a maker: short labels are acronyms, none is NO_MAKER."""
    if label is None:
        return NO_MAKER
    return label.upper() if len(label) <= ACRONYM else capital(plain(label))


def number_words(table: str, what: str, names: Names) -> str:
    """Return what a number of a table is: `lead_times`, `fab_* *` -> `lead time of 5 things, Fab A to Fab E`.

    what: its labels, separated by spaces; one with a star stands for all that begin so, a star alone says nothing.
    """
    said = [_label_words(label, names) for label in what.split() if label not in UNSAID and not ZERO.fullmatch(label)]
    return f"{ONE_OF.get(table, plain(table))} of {', '.join(said)}" if said else ONE_OF.get(table, plain(table))


def with_shocks(scenario: str, shocks: Sequence[str]) -> str:
    """Return a scenario and its shocks in words: `trend`, `ai_winter:2029` -> `Trend with ai winter from 2029`."""
    told = [shock.replace(":", " from ") for shock in shocks]
    return capital(plain(" with ".join([scenario, *([joined(told)] if told else [])])))


def run_names(runs: Sequence[Results]) -> list[str]:
    """Return a name for each run that no other has: its scenario, else its programme, else its title.

    Runs that share it are told apart by what they keep, whether they are edited, how they are stored, and by number.
    """
    said = [_run_name(results) for results in runs]
    for further in (_kept, _edited, _stored):
        more = [further(results) for results in runs]
        if len({told for told, name in zip(more, said, strict=True) if said.count(name) > 1}) > 1:
            said = [
                f"{name}, {told}" if told and said.count(name) > 1 else name
                for name, told in zip(said, more, strict=True)
            ]
    return [name if said.count(name) == 1 else f"{name} ({said[:at].count(name) + 1})" for at, name in enumerate(said)]


def period_words(period: str) -> str:
    """Return a period as people write it: `2036-2037` -> `2036–37`."""
    found = re.fullmatch(r"(\d{4})-(\d{2})(\d{2})", period)
    if not found:
        return period
    first, century, last = found.groups()
    return f"{first}–{last}" if first[:2] == century else f"{first}–{century}{last}"


# --- numbers and units ------------------------------------------------------------------------------------------------


def number(value: float | None, digits: int = 3) -> str:
    """Return a number rounded for people, with thousands separated: 1962.86 -> `1,960`, 0.01234 -> `0.0123`."""
    if value is None or not isfinite(value):
        return "–"
    if value == 0:
        return "0"
    places = digits - 1 - floor(log10(abs(value)))
    rounded = round(value, places)
    places = digits - 1 - floor(log10(abs(rounded))) if rounded else 0
    return f"{rounded:,.{max(0, places)}f}".replace("-", "−")


def as_given(value: float | None) -> str:
    """Return a number of the input as it was given, to six digits: 0.07 -> `0.07`, 1300000 -> `1,300,000`."""
    if value is None or not isfinite(value):
        return "–"
    text = number(value, 6)
    return text.rstrip("0").rstrip(".") if "." in text else text


def signed(value: float, digits: int = 3) -> str:
    """Return a difference with its sign: `+12.3`, `−4.5`, `0`."""
    return ("+" if value > 0 else "") + number(value, digits)


def percent(share: float) -> str:
    """Return a share in percent, two digits: 0.1303 -> `13 %`; what is below a tenth of a percent says so."""
    return f"below 0.1{SPACE}%" if 0 < abs(share) < 0.001 else f"{number(100 * share, 2)}{SPACE}%"


def amount(value: float, unit: str, digits: int = 3) -> str:
    """Return a number with its unit in words, in a size that suits it: 1962.9 `MH100e` -> `1.96 billion H100e`."""
    size, rest = _split(unit)
    if size is None:
        return f"{number(value, digits)} {unit_words(unit)}".strip()
    total = value * size
    fitting = [step for step in SIZE_WORDS if abs(total) >= step * (1 - 0.5 * 10.0**-digits)] or [1.0]
    return f"{number(total / fitting[-1], digits)} {SIZE_WORDS[fitting[-1]]}{_plural(rest)}".strip()


def change(value: float, baseline: float, unit: str, period: str) -> str:
    """Return a difference with its sign, then what it is a difference of: `+5 GW in 2030 (15 against 10 GW, +50 %)`."""
    more = value - baseline
    if abs(more) <= 5e-4 * abs(baseline):
        return f"no change in {period_words(period)} ({amount(value, unit)})"
    relative = f", {'+' if more > 0 else ''}{percent(more / baseline)}" if baseline else ""
    sign = "+" if more > 0 else ""
    new, old = amount(value, unit), amount(baseline, unit)
    figure, _, size = new.partition(" ")
    both = f"{figure if old.endswith(f' {size}') else new} against {old}{relative}"
    return f"{sign}{amount(more, unit)} in {period_words(period)} ({both})"


def joined(parts: Sequence[str], mark: str = ", ") -> str:
    """Return parts as a list in a sentence: `a, b and c`."""
    return " and ".join([mark.join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def inside(text: str) -> str:
    """Return a text as it stands inside a sentence; a word that has capitals after its first keeps that one too."""
    word = text.split(" ", 1)[0]
    return text if word[1:] != word[1:].lower() else text[:1].lower() + text[1:]


def unit_words(unit: str) -> str:
    """Return a unit in words: `GUSD` -> `billion USD`, `kwafer/month` -> `thousand wafers / month`, `1` -> ``."""
    if unit in ("", "1"):
        return ""
    size, rest = _split(unit)
    bare = unit.removeprefix("1") if unit.startswith("1/") else unit
    words = bare.replace("*", "-").replace("/", " / ").strip()
    return f"{SIZE_WORDS[size]}{_plural(rest)}" if size is not None else words


def per_year(unit: str) -> str:
    """Return the unit of a yearly flow: `kchip` -> `kchip/year`; of `GW*year` per year, a mean of `GW`."""
    return unit.removesuffix("*year") if unit.endswith("*year") else f"{unit}/year"


def hourly_cost_unit(money_unit: str, target_unit: str) -> str:
    """Return the unit of the cost of an hour of the target: `GUSD`, `MH100e*year` -> `USD / H100e-hour`."""
    return f"{_split(money_unit)[1]} / {_split(per_year(target_unit))[1]}-hour"


def _split(unit: str) -> tuple[float | None, str]:
    """The size in front of a unit that counts things or money, and the rest: `kwafer/month` -> 1000, `wafer/month`."""
    first, *others = re.split(r"(?=[*/])", unit, maxsplit=1)
    known = registry()
    for prefix, name, _ in known.parse_unit_name(first) if first.isidentifier() else ():
        dimensions = set(known.get_dimensionality(name))
        if prefix in SIZES and dimensions and not dimensions & PHYSICAL:
            return SIZES[prefix], name + "".join(others)
    return None, unit


def _plural(rest: str) -> str:
    name, *others = re.split(r"(?=[*/])", rest, maxsplit=1)
    tail = "".join(others).replace("*", "-").replace("/", " / ")
    return (f"{name}s" if name.islower() else name) + tail


# --- limits in words --------------------------------------------------------------------------------------------------

TOLD = {
    "orders_at_most": "new orders in a year",
    "cumulative_orders_at_most": "all orders so far",
    "capacity_at_most": "ceiling on capacity",
    "activity_at_most": "ceiling on output",
    "cumulative_activity_at_most": "all output so far",
    "emissions_at_most": "ceiling on emissions",
    "cumulative_emissions_at_most": "all emissions so far",
    "orders_grow_no_faster": "how fast it can grow",
    "share_at_most": "largest share allowed",
    "use_within_licence": "most that may be used",
    "early_use_within_pipeline": "stock at the start",
    "capacity that cannot be added yet": "what exists, too early for more",
    "fixed supply path": "what exists, no more can be ordered",
    "route capacity": "most that may be shipped",
}
"""What an equation limits, as a reader without the model says it."""
BY_RULE = ("share_at_most", "share_at_least", "use_within_licence")
"""Equations whose rule has a name of its own that says more than what it limits."""
SERVED_AT_HOME = "served_at_home"
HISTORY = ("capacity that cannot be added yet", "fixed supply path")
"""Equations that say what was there at the start: history, no answer to what stands in the way."""


def limit_words(equation: str, what: str, names: Names) -> str:
    """Return a limit in words: what is limited, and in which way.

    what: the labels of the limit, separated by spaces; the last is what it limits (a process, a commodity or a group of
    them), the ones before it are the limit's own name. Shares are told by how that name begins, where that is known.
    """
    labels = what.split() or [what]
    thing = names.thing(labels[-1])
    if equation == SERVED_AT_HOME:
        return capital(f"{thing} served from abroad: at most what the local share leaves")
    way = TOLD.get(equation, plain(equation))
    if equation not in BY_RULE or len(labels) == 1:
        return capital(f"{thing}: {way}")
    known = _share_words(labels[0], "least" if equation.endswith("least") else "most", names)
    rule = _with_places(labels[0], names)
    return capital(known or (f"{thing}: {way} ({rule})" if names.has(labels[-1]) else f"{rule}: {way}"))


def _share_words(label: str, bound: str, names: Names) -> str:
    """A share in words, told by how its name begins; empty where that says nothing. bound: `most` or `least`."""
    for beginning in ("maker_cap_", "maker_floor_"):
        if label.startswith(beginning):
            return f"share of {maker(label.removeprefix(beginning))} in performance made, at {bound}"
    if label.startswith("launch_"):
        launched = names.thing(label.removeprefix("launch_"))
        return f"launch of {launched}: share of its maker's sales allowed in the launch years"
    if label.startswith("host_"):
        return f"share of compute hosted in {_with_places(label.removeprefix('host_'), names)}, at {bound}"
    return ""


def _with_places(label: str, names: Names) -> str:
    """A label in plain letters, with the names of the regions whose labels are words of it."""
    return " ".join(names.regions.get(word.upper(), word) for word in plain(label).split())


# --- private ----------------------------------------------------------------------------------------------------------


def _pairs(results: Results, frame: str, label: str) -> dict[str, str]:
    if frame not in results.frames or "name" not in results.frames[frame].columns:
        return {}
    named = results.frames[frame].filter(pl.col("name").is_not_null())
    return dict(zip(named[label], named["name"], strict=True))


def _label_words(label: str, names: Names) -> str:
    """A label by its name; a pattern by the names that it stands for, all of few and the first and last of many."""
    if "*" not in label:
        return short(names.regions.get(label, names.thing(label)))
    meant = [short(name) for key, name in sorted(names.things.items()) if fnmatch(key, label)]
    if len(meant) <= FEW:
        return " and ".join(meant) or plain(label.replace("*", "…"))
    return f"{len(meant)} things, {meant[0]} to {meant[-1]}"


def _run_name(results: Results) -> str:
    scenario, programme = results.run.get("scenario"), results.run.get("programme")
    if scenario:
        foreseen = [shock.label for shock in made_by(cast("Sequence[str]", results.run.get("edits") or ()))]
        return with_shocks(str(scenario), foreseen)
    if isinstance(programme, Mapping):
        return f"Programme of {amount(float(programme['budget']), str(results.run['money_unit']))}"
    return str(results.run.get("title") or results.run.get("case"))


def _kept(results: Results) -> str:
    """What a run keeps: `on starter-trend until 2029`."""
    kept = cast("Sequence[Mapping[str, object]]", results.run.get("keep") or ())
    until = [f" until {one['until']:g}" if one.get("until") is not None else "" for one in kept]
    return " and ".join(f"on {one['run']}{end}" for one, end in zip(kept, until, strict=True))


def _edited(results: Results) -> str:
    """Whether a run is edited beyond its scenario."""
    own = f"scenario {results.run.get('scenario')},"
    edits = cast("Sequence[str]", results.run.get("edits") or ())
    return "edited" * any(not edit.startswith(own) for edit in edits)


def _stored(results: Results) -> str:
    return str(results.run.get("name") or "")
