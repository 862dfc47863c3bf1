"""A case of one's own: its name; README.md: how to edit, check and run it, every table and column, from the schema."""

import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from teraplan.case.read import RawTables, own_tables, read_tables
from teraplan.case.schema import NOTE, NUMBER, PROVENANCE, Column, Table
from teraplan.case.settings import NAME
from teraplan.case.tables import COST_ITEMS, TABLES
from teraplan.errors import CaseError

VALUE_IN = {
    "recipes": "unit of the commodity per `activity_unit` of the process (in, out), or per `capacity_unit` "
    "(build, release)",
    "costs": "money per `capacity_unit` (capex, subsidy), per `capacity_unit` and year (fixed), else per "
    "`activity_unit` of the process",
    "lead_times": "month",
    "profiles": "1",
    "load_shapes": "1",
    "availability": "1",
    "capacity": "`capacity_unit` of the process",
    "store_limits": "unit of the commodity that is stored (opening), that a year (charge_max, discharge_max), else 1",
    "limits": "`capacity_unit` a year (order_max, order_min, seed), `capacity_unit` (order_cumulative_max, "
    "capacity_max, capacity_min), `activity_unit` a year (activity_max, activity_min), `activity_unit` "
    "(activity_cumulative_max and _min), unit of the emission a year (emission_max), unit of the emission "
    "(emission_cumulative_max), 1/year (growth), else 1",
    "shares": "1",
    "rules": "unit of the goods that are counted, a year",
    "demand": "unit of the commodity a year (quantity), money per unit of it (anchor_price), that or 1 for a multiple "
    "of the anchor price (step_price), else 1",
    "reserve": "1",
    "taxes": "money per unit of the commodity (price), else 1",
    "exchange": "the case's currency per unit of the currency",
    "deflators": "1",
    "commitments": "money",
    "shocks": "1",
    "tree": "1",
    "uncertainties": "1",
    "calibration": "unit of the record",
}
"""In what the `value` of a long table is given; any multiple of it will do, such as MW for GW."""


def guide(folder: Path, name: str, source: str) -> str:
    """Return the text of README.md for a case's folder.

    name: how its owner calls the folder on the command line; source: the case that it was copied from. Raises CaseError
    if a table cannot be read.
    """
    raw, faults = read_tables(folder)
    if raw.settings is None or raw.unread:
        raise CaseError(str(folder), tuple(faults))
    lender = raw.settings.stands_on
    raw = raw if lender is None else own_tables(folder)[0]
    absent = [table for table in TABLES.values() if table.name not in raw.frames]
    lines = [
        *_opening(raw, name, source),
        *_first_edit(raw, name),
        "## What every table keeps to",
        "",
        "A row is one fact. The columns in **bold** say which; two rows may not say different things about one. Order",
        "of rows and columns is free, an optional column may be left out, an absent table means that there is no such",
        "thing. A pattern (`fab_*`, `*`) fills values and creates nothing; the most specific row wins. Between the",
        "years given, values are interpolated; limits, shares, rules and taxes hold from their first year on.",
        "",
        "Columns of tables with numbers:",
        "",
        *column_table((*NUMBER, *PROVENANCE, NOTE)),
        "",
        "## The tables of this case",
        "",
        *(line for name, frame in raw.frames.items() for line in table_section(TABLES[name], frame.height)),
        *_missing(lender),
        *(line for table in absent for line in table_section(table, None)),
    ]
    return "\n".join(lines).rstrip() + "\n"


def name_case(folder: Path, name: str) -> None:
    """Give a copied case its own name, under which its runs are found again; what can be no name stays as it was."""
    if re.match(NAME, name):
        file = folder / "case.toml"
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(r"^name *=.*$", f'name = "{name}"', text, count=1, flags=re.MULTILINE), encoding="utf-8")


def _missing(lender: str | None) -> list[str]:
    if lender is None:
        return ["## Tables that it has not", "", "Add the file to say such a thing; its columns are these.", ""]
    return [
        f"## Tables that `{lender}` lends",
        "",
        f"Taken from `{lender}`, if it has them. Add the file, and its rows replace those with the same label",
        "in the first column, as in the tables above. Its columns are these.",
        "",
    ]


def _opening(raw: RawTables, name: str, source: str) -> list[str]:
    scenarios = sorted(path.stem for path in (raw.folder / "scenarios").glob("*.toml"))
    own = [f"What the tables of `{source}` say and rest on is told in [{source}.md]({source}.md).", ""]
    return [
        f"# {Path(name).name}",
        "",
        f"A case of Teraplan, copied from `{source}`: a folder of tables that you may edit in a spreadsheet or an",
        "editor (save as CSV in UTF-8, one header, a point for decimals). Change what you like; `check` says what no",
        "longer fits, with file, line and a way to mend it.",
        "",
        "```",
        f"teraplan check {name}                # everything that is wrong, all at once, or how large the plan is",
        f"teraplan run {name}                  # plan, audit, store in runs/, write a report",
        f"teraplan check {name} --package      # renew datapackage.json after a column was added or taken out",
        "```",
        "",
        "- `case.toml`: periods, money, discounting, what is sought.",
        f"- `scenarios/`: what if; plan one with `--scenario NAME` ({', '.join(scenarios) or 'none yet'}).",
        "- `*.csv`: the tables, explained below.",
        "- `datapackage.json`: the same for other programs (Frictionless Data Package); Teraplan does not read it.",
        "",
        *(own if (raw.folder / f"{source}.md").exists() else []),
    ]


def _first_edit(raw: RawTables, name: str) -> list[str]:
    """A cost that is easily changed: of capital, without a range, the first there is."""
    if "costs" not in raw.frames:
        return []
    costs = raw.frames["costs"].with_columns(number=pl.col("value").cast(pl.Float64, strict=False))
    plain = costs.filter(pl.col("low").is_null() & pl.col("high").is_null() & (pl.col("number") > 0))
    for row in plain.sort(pl.col("item") != "capex", maintain_order=True).head(1).iter_rows(named=True):
        return [
            "## A first edit to try",
            "",
            f"Line {row['line']} of `costs.csv` says what `{row['process']}` costs ({row['item']}): {row['value']} "
            f"{row['unit']}.",
            f"Plan the case as it is, put {row['number'] * 2:g} in place of {row['value']}, save, and plan it again",
            "under another name:",
            "",
            "```",
            f"teraplan run {name} --name before",
            f"teraplan run {name} --name after",
            "teraplan compare runs/before runs/after",
            "```",
            "",
            "The same without touching a file:",
            f"`teraplan run {name} --set 'costs[process={row['process']},item={row['item']}] *= 2'`.",
            "",
        ]
    return []


def table_section(table: Table, rows: int | None = None) -> Iterator[str]:
    """Yield the lines of one table: what it is, how many rows it has here, in what its numbers are, its columns."""
    yield f"### `{table.name}.csv`"
    yield ""
    counted = "" if rows is None else f" {rows:,} row{'' if rows == 1 else 's'}."
    needed = " Every case needs it." if table.required else ""
    yield f"{table.meaning[0].upper()}{table.meaning[1:]}.{counted}{needed}"
    if table.long:
        yield f"`value` is in: {VALUE_IN[table.name]}.{' An empty value ends what came before.' if table.ends else ''}"
    shared = [*(NUMBER if table.long else ()), *(PROVENANCE if table.sourced else ()), NOTE]
    yield f"It also has {', '.join(f'`{column.name}`' for column in shared)}, explained above."
    yield ""
    yield from column_table(table.columns)
    if table.name == "costs":
        yield ""
        for item, cost in COST_ITEMS.items():
            if cost.per != "stock":
                yield f"- `{item}`: {cost.meaning}{'; a transfer' if cost.transfer else ''}"
    yield ""


def column_table(columns: tuple[Column, ...]) -> Iterator[str]:
    """Yield the lines of a table of columns: kind, whether required, default, meaning with its range."""
    yield "| column | kind | required | default | meaning |"
    yield "|---|---|---|---|---|"
    for column in columns:
        title = f"**{column.name}**" if column.key else column.name
        kind = f"one of {', '.join(column.choices)}" if column.choices else column.kind
        kind += f" in `{column.refers}`" if column.refers else ""
        default = "" if column.default in (None, "") else f"`{column.default}`"
        ranges = _range(column)
        meaning = f"{column.meaning}{f' ({ranges})' if ranges else ''}".replace("|", "\\|")
        yield f"| {title} | {kind} | {'yes' if column.required else ''} | {default} | {meaning} |"


def _range(column: Column) -> str:
    least = "above 0" if column.positive else "" if column.low is None else f"at least {column.low:g}"
    most = "" if column.high is None else f"at most {column.high:g}"
    return ", ".join(part for part in (least, most) if part)
