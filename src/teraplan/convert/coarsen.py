"""A case and a rule -> a smaller case in a folder of its own, to be read, edited and planned like any other.

The rule is coarsen.toml in that folder: which regions and slices become one, and which periods there are. What it does
to numbers is in `merging`. The rest of the case (commodities, processes, groups of processes, sources) stays as it is.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import polars as pl

from teraplan.case.amounts import canonical, limit_unit
from teraplan.case.files import model_of, text_of
from teraplan.case.norms import members
from teraplan.case.read import find_case, load_tables, read_tables
from teraplan.case.resolve import BUYER, LIMIT, RULE, SITE, Tables
from teraplan.case.settings import CoarseRule
from teraplan.case.tables import TABLES
from teraplan.case.typed import typed_tables
from teraplan.convert.coarse_scenarios import coarse_scenarios
from teraplan.convert.merging import COST, RECIPE, SHARE, TAX, Frames, Maps, maps, merged_rows, merged_tables
from teraplan.convert.series import Row, csv_text, in_order, rows_of, shown, with_patterns
from teraplan.errors import CaseError, Fault, did_you_mean

RULE_FILE = "coarsen.toml"
UNCHANGED = (
    "commodities", "processes", "profiles", "storage", "partners", "commitments", "tree", "exchange", "deflators",
    "uncertainties", "sources",
)  # fmt: skip
HOME = {
    "demand_quantity": "demand",
    "demand_anchor": "demand",
    "step_width": "demand",
    "step_price": "demand",
    "local_share": "demand",
    "reserve_margin": "reserve",
    "reserve_cover": "reserve",
    "firm_share": "reserve",
}
"""The file of a resolved table that is not called after it."""
DEMAND = {
    "demand_quantity": "quantity",
    "demand_anchor": "anchor_price",
    "step_width": "step_width",
    "step_price": "step_price",
    "local_share": "local_share_min",
}
"""The items of demand and the resolved tables that hold them."""
Typed = Mapping[str, pl.DataFrame]


def coarsen(folder: Path) -> list[str]:
    """Write the tables, settings and scenarios that the rule in a folder makes of its source; return the files' names.

    What else is in the folder (a README, the rule itself) stays. Raises CaseError with every fault of rule or source.
    """
    texts = coarse_texts(folder)
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return sorted(texts)


def coarse_texts(folder: Path) -> dict[str, str]:
    """Return the text of every file that the rule in a folder makes, by its name."""
    rule = read_rule(folder)
    source = find_case(rule.source)
    tables = load_tables(source)
    typed = typed_tables(read_tables(source)[0].frames, [])
    _known(rule, tables)
    to = maps(tables, rule)
    texts = {"case.toml": _settings_text((source / "case.toml").read_text(encoding="utf-8"), rule)}
    numbers = _number_rows(tables, typed, to)
    ranks = {
        "process": _places(typed["processes"]["process"]),
        "commodity": _places(typed["commodities"]["commodity"]),
        "region": _places(to.region.values()),
        "slice": _places(to.slice.values()),
    }
    rows = {name: in_order(name, found, ranks) for name, found in numbers.items()} | _thing_rows(
        tables, typed, to, rule
    )
    lost = [name for name in TABLES if typed[name].height and name not in rows]
    if lost:
        what = f"has the tables {', '.join(lost)}, and the rule does not say what becomes of them"
        raise CaseError(rule.name, (Fault(f"{RULE_FILE}, source", what, "derive it from a case without them"),))
    texts |= coarse_scenarios(source, tables, to)
    return texts | {f"{name}.csv": csv_text(name, rows[name]) for name in TABLES if rows.get(name)}


def read_rule(folder: Path) -> CoarseRule:
    """Return the rule of a folder; CaseError with every fault of its coarsen.toml."""
    faults: list[Fault] = []
    text = text_of(folder, RULE_FILE, faults)
    rule = None if text is None else model_of(text, RULE_FILE, CoarseRule, faults)
    if rule is None:
        raise CaseError(str(folder), tuple(faults))
    return rule


def _known(rule: CoarseRule, tables: Tables) -> None:
    """Say which regions or slices of a rule the source does not have, or that stand under two labels."""
    faults = []
    for kind, blocks, table in (("regions", rule.regions, "regions"), ("slices", rule.slices, "slices")):
        labels = tables.frames[table][kind[:-1]].to_list()
        named = [(label, one) for label, block in blocks.items() for one in block.members]
        told = [one for _, one in named]
        for label, one in named:
            where = f"{RULE_FILE}, {kind}.{label}"
            if one not in labels:
                faults.append(Fault(where, f"{one!r} is not in {table}.csv of the source", did_you_mean(one, labels)))
            elif told.count(one) > 1:
                faults.append(Fault(where, f"{one} stands in more than one list", "keep it in one of them"))
        for label in blocks:
            if label in labels and label not in blocks[label].members:
                what = f"{label} is the name of another of the {kind} of the source"
                faults.append(Fault(f"{RULE_FILE}, {kind}.{label}", what, "give it another name"))
    if faults:
        raise CaseError(rule.name, tuple(dict.fromkeys(faults)))


def _places(labels: Iterable[str]) -> dict[str, int]:
    """The place of each label among those that come first."""
    return {label: place for place, label in enumerate(dict.fromkeys(labels))}


def _number_rows(tables: Tables, typed: Typed, to: Maps) -> dict[str, list[Row]]:
    """The rows of every table of numbers by year, as few as say what the merged tables say."""
    merged = merged_tables(tables, to)
    told = {name: _told(frame, HOME.get(name, name), tables) for name, frame in merged.items()}
    first, last = tables.settings.periods[0].start, tables.settings.periods[-1]
    years = range(int(first), int(-(-(last.start + last.years) // 1)))
    places: dict[str, set[str]] = {}
    for process, region in to.of_process.select(SITE).iter_rows():
        places.setdefault(process, set()).add(to.region[region])

    def of_processes(name: str, keys: Sequence[str]) -> list[Row]:
        frame = _in_units(name, told[name], typed, tables)
        plain = ["process", *(key for key in keys if key not in SITE)]
        return with_patterns(rows_of(frame, keys, years), plain, places)

    steps = _in_units("taxes", told["taxes"].with_columns(commodity="of"), typed, tables)
    return {
        "recipes": of_processes("recipes", RECIPE),
        "costs": [{**row, "mode": row["mode"] or "*"} for row in of_processes("costs", COST)],
        "lead_times": of_processes("lead_times", (*SITE, "spend_profile", "ramp")),
        "availability": of_processes("availability", (*SITE, "slice")),
        "limits": rows_of(_limit_units(told["limits"], tables), LIMIT, years, norm=True),
        "shares": rows_of(told["shares"].with_columns(unit=pl.lit("1")), ("share", *SHARE), years, norm=True),
        "rules": rows_of(_rule_units(told["rules"], tables), RULE, years, norm=True, stepwise=True),
        "taxes": rows_of(steps, TAX, years, norm=True, stepwise=True),
        "demand": _demand_rows(told, years, typed, tables),
        "reserve": _reserve_rows(told, years, places),
    }


def _demand_rows(told: Frames, years: Sequence[int], typed: Typed, tables: Tables) -> list[Row]:
    """Quantities, anchor prices, steps and shares served at home of every buyer."""
    places: dict[str, set[str]] = {}
    for commodity, region in told["demand_quantity"].select("commodity", "region").iter_rows():
        places.setdefault(commodity, set()).add(region)
    found = []
    for name, item in DEMAND.items():
        frame = told[name].with_columns(item=pl.lit(item), unit=pl.lit("1"))
        if "step" not in frame.columns:
            frame = frame.with_columns(step=pl.lit(None, pl.Int32), multiple=pl.lit(item != "anchor_price"))
        if item == "step_price":
            frame = frame.with_columns(unit=pl.when("multiple").then(pl.lit("1")).otherwise(pl.lit("money")))
        rows = rows_of(_in_units("demand", frame, typed, tables), (*BUYER, "step", "item"), years)
        found += rows if item == "quantity" else with_patterns(rows, ("commodity", "buyer", "step", "item"), places)
    return found


def _reserve_rows(told: Frames, years: Sequence[int], places: Mapping[str, set[str]]) -> list[Row]:
    """Margins and covers by commodity, firm shares by process."""
    one = pl.lit("1").alias("unit")
    firm = with_patterns(rows_of(told["firm_share"].with_columns(one), SITE, years), ["process"], places)
    found = [{"item": "firm_share", **row} for row in firm]
    for item in ("margin", "cover"):
        frame = told[f"reserve_{item}"].with_columns(one)
        everywhere = {commodity: set(frame["region"]) for commodity in frame["commodity"].unique()}
        rows = with_patterns(rows_of(frame, ("commodity", "region"), years), ["commodity"], everywhere)
        found += [{"item": item, **row} for row in rows]
    return found


def _told(frame: pl.DataFrame, table: str, tables: Tables) -> pl.DataFrame:
    """The frame with the note of the row that its numbers come from, and what was merged; a year where it has none."""
    notes = tables.frames["written"].filter(pl.col("table") == table).select("line", "note")
    noted = frame.join(notes.unique("line"), on="line", how="left", maintain_order="left")
    words = pl.concat_str("merged", "note", separator="; ", ignore_nulls=True)
    return noted.with_columns(note=pl.when(words != "").then(words))


def _in_units(name: str, frame: pl.DataFrame, typed: Typed, tables: Tables) -> pl.DataFrame:
    """The frame with the unit that its numbers have inside the program."""
    return canonical(name, frame, typed, tables.settings).with_columns(unit=pl.col("canonical").fill_null("1"))


def _limit_units(frame: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Limits with their unit: that of the first process of the group, or of the emission."""
    made = (
        members(tables, "process", frame["group"]).group_by("name", maintain_order=True).agg(pl.col("member").first())
    )
    processes, goods = tables.frames["processes"], tables.frames["commodities"]
    units = made.join(processes, left_on="member", right_on="process").select(
        group="name", _capacity_unit="capacity_unit", _activity_unit="activity_unit"
    )
    words = frame.join(units, on="group", how="left", maintain_order="left")
    named = words.join(goods.select(group="commodity", _unit="unit"), on="group", how="left", maintain_order="left")
    return named.with_columns(unit=limit_unit())


def _rule_units(frame: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Rules with their unit: that of the goods that they count, a year."""
    units = dict(tables.frames["commodities"].select("commodity", "unit").iter_rows())
    first = dict(members(tables, "commodity", frame["commodity_group"]).unique("name", keep="first").iter_rows())
    counted = [
        units.get(of.removeprefix("use:")) or units[first[group]]
        for of, group in frame.select("of", "commodity_group").iter_rows()
    ]
    return frame.with_columns(unit="(" + pl.Series(counted, dtype=pl.String) + ")/year")


def _thing_rows(tables: Tables, typed: Typed, to: Maps, rule: CoarseRule) -> dict[str, list[Row]]:
    """The rows of the tables that say what there is."""
    merged = merged_rows(tables, to)
    same = [one for one, other in to.region.items() if one == other]
    elsewhere = pl.col("region").is_in(same)
    groups = typed["groups"].filter(pl.col("kind") != "region").select("group", "kind", "member", "note")
    capacity = _in_units("capacity", merged["capacity"], typed, tables)
    return {name: typed[name].rows(named=True) for name in UNCHANGED} | {
        "regions": _regions(tables, to, rule),
        "slices": _slices(tables, to, rule),
        "capacity": capacity.rows(named=True),
        "sites": merged["sites"].rows(named=True),
        "stocks": merged["stocks"].rows(named=True),
        "routes": merged["routes"].rows(named=True),
        "groups": groups.rows(named=True) + merged["groups"].rows(named=True),
        "calibration": typed["calibration"].filter(elsewhere).rows(named=True),
        "shocks": [_shock(row, tables, to) for row in typed["shocks"].iter_rows(named=True)],
    }


def _shock(row: Row, tables: Tables, to: Maps) -> Row:
    """A target of a shock, in merged regions: less deep there, by the part of the merged capacity that it hits.

    The part of a region is that of what stands of the processes hit, of its demand where nothing stands. Only plain
    labels are merged; patterns and groups stay as they are.
    """
    placed = {name: to.region.get(row[name], row[name]) for name in ("region", "origin", "destination")}
    merged = [row[name] for name, label in placed.items() if label != row[name]]
    if not merged:
        return row
    processes = members(tables, "process", row["process"].split("|"))["member"]
    standing = tables.frames["capacity"].filter(pl.col("process").is_in(processes.implode()))
    inside = [one for one, other in to.region.items() if other == to.region[merged[0]]]
    amounts = dict(standing.group_by("region").agg(pl.col("value").sum()).iter_rows())
    whole = sum(amounts.get(one, 0.0) for one in inside)
    asked = dict(to.of_region.iter_rows())
    part = amounts.get(merged[0], 0.0) / whole if whole > 0 else asked[merged[0]]
    said = f"{part:.0%} of {to.region[merged[0]]} stood in {merged[0]}"
    numbers = {name: None if row[name] is None else 1.0 + part * (row[name] - 1.0) for name in ("value", "low", "high")}
    return {**row, **placed, **numbers, "note": f"{said}; {row['note']}" if row["note"] else said}


def _regions(tables: Tables, to: Maps, rule: CoarseRule) -> list[Row]:
    """The regions, each where the first of its members stood; latitude and longitude are means by weight."""
    part = {region: share for region, share in to.of_region.iter_rows()}
    rows = tables.frames["regions"].rows(named=True)
    found = []
    for label in dict.fromkeys(to.region[row["region"]] for row in rows):
        own = [row for row in rows if to.region[row["region"]] == label]
        block = rule.regions.get(label)
        centre = {
            name: None if any(row[name] is None for row in own) else sum(part[row["region"]] * row[name] for row in own)
            for name in ("latitude", "longitude")
        }
        note = own[0]["note"] if block is None else ", ".join(row["name"] or row["region"] for row in own)
        name = own[0]["name"] if block is None else block.name
        found.append({"region": label, "name": name, **centre, "note": note})
    return found


def _slices(tables: Tables, to: Maps, rule: CoarseRule) -> list[Row]:
    """The slices; the weight of a merged one is the sum."""
    rows = tables.frames["slices"].rows(named=True)
    found = []
    for label in dict.fromkeys(to.slice[row["slice"]] for row in rows):
        own = [row for row in rows if to.slice[row["slice"]] == label]
        block = rule.slices.get(label)
        placed = {} if block is None else {"day_type": block.day_type, "order": block.order}
        found.append({**own[0], "slice": label, **placed, "weight": sum(row["weight"] for row in own)})
    return found


def _settings_text(text: str, rule: CoarseRule) -> str:
    """The source's case.toml with the name, title and periods of the rule; its comments stay behind."""
    kept, inside = [], False
    for line in text.splitlines():
        inside = line.startswith("[[period]]") or (inside and not line.startswith("["))
        if line.startswith("#") or (inside and rule.period):
            continue
        kept.append(line)
    plain = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
    plain = re.sub(r"(?m)^name = .*$", f'name = "{rule.name}"', plain, count=1)
    plain = re.sub(r"(?m)^title = .*$", f'title = "{rule.title}"', plain, count=1)
    blocks = "".join(
        f"\n[[period]]\nstart = {shown(b.start)}\nend = {shown(b.end)}\nstep = {shown(b.step)}\n" for b in rule.period
    )
    return f"# Made from the case {rule.source} by the rule in {RULE_FILE}.\n{plain}\n{blocks}"
