"""datapackage.json: a case described so that any reader of Frictionless Tabular Data Packages can use its tables.

Made from the schema in `tables`, in the order of columns of each file's own header. Other readers know no patterns, no
decimal years, no defaults and no limits that hang on a unit: such a column has the widest type that is right, and its
description says the rest. Teraplan itself does not read the file. Specification: Data Package 1.0,
https://specs.frictionlessdata.io/tabular-data-package/.
"""

import csv
import io
import json
import os
from pathlib import Path

import polars as pl

from teraplan.case.files import text_of
from teraplan.case.read import RawTables, own_tables, read_tables
from teraplan.case.schema import Column, Table
from teraplan.case.settings import FIRST_YEAR, LAST_YEAR
from teraplan.case.tables import TABLES
from teraplan.errors import CaseError, Fault

PACKAGE = "datapackage.json"
TYPES = {"number": "number", "whole": "integer", "year": "year", "flag": "boolean"}
"""Types of the kinds of column that other readers know; all others are text to them."""
NAME = r"[A-Za-z0-9][A-Za-z0-9_.\-]*"
"""A label, as a pattern that has to fit the whole cell."""


def package_of(folder: Path) -> dict[str, object]:
    """Return the data package of a case's folder: one resource for each table that stands in it.

    The licences are those of the datapackage.json that stands there, if any: they are the one thing in it that is not
    said by the tables. Tables that another case lends are not described: it has a package of its own. Raises CaseError
    with its faults if case.toml or a table cannot be read.
    """
    raw, faults = read_tables(folder)
    settings = raw.settings
    if settings is None or raw.unread:
        raise CaseError(str(folder), tuple(faults))
    raw = raw if settings.stands_on is None else own_tables(folder)[0]
    keyed = {name for name in raw.frames if _complete_key(TABLES[name])}
    whole = keyed if settings.stands_on is None else set[str]()
    resources = [_resource(TABLES[name], _header(folder / f"{name}.csv"), keyed, whole) for name in raw.frames]
    package: dict[str, object] = {
        "profile": "tabular-data-package",
        "name": settings.name.lower(),
        "title": settings.title or settings.name,
        "description": f"A case of Teraplan, schema {settings.model_schema}, as of {settings.as_of}. "
        "Settings are in case.toml, scenarios in scenarios/.",
        "licenses": _licences(folder),
        "sources": _sources(raw),
        "resources": resources,
    }
    return {key: value for key, value in package.items() if value}


def write_package(folder: Path) -> Path:
    """Write datapackage.json into a case's folder, whole or not at all, and return its path; CaseError as above."""
    path = folder / PACKAGE
    text = package_text(folder)
    beside = folder / f".{PACKAGE}.{os.getpid()}"
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        what = f"cannot be written: {error.strerror or error}"
        raise CaseError(str(folder), (Fault(PACKAGE, what, "choose a folder that you may write to"),)) from error
    finally:
        beside.unlink(missing_ok=True)
    return path


def package_text(folder: Path) -> str:
    """Return the text of datapackage.json for a case's folder; CaseError as above."""
    return json.dumps(package_of(folder), indent=1, ensure_ascii=False) + "\n"


def is_up_to_date(folder: Path) -> bool:
    """Whether datapackage.json is absent or says what the tables say."""
    return not (folder / PACKAGE).exists() or text_of(folder, PACKAGE, []) == package_text(folder)


def _resource(table: Table, header: list[str], keyed: set[str], whole: set[str]) -> dict[str, object]:
    """One table as other readers see it; keyed: tables with a primary key; whole: those that hold all their labels."""
    known = {column.name: column for column in table.all_columns}
    columns = [known[title] for title in header]
    schema: dict[str, object] = {"fields": [_field(column) for column in columns], "missingValues": [""]}
    if table.name in keyed:
        schema["primaryKey"] = list(table.key)
    references = [
        {
            "fields": column.name,
            "reference": {
                "resource": "" if column.refers == table.name else column.refers,
                "fields": TABLES[column.refers].columns[0].name,
            },
        }
        for column in columns
        if column.kind == "label" and column.refers in whole and len(TABLES[column.refers].key) == 1
    ]
    if references:
        schema["foreignKeys"] = references
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "path": f"{table.name}.csv",
        "description": table.meaning,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema,
    }


def _field(column: Column) -> dict[str, object]:
    kind = TYPES.get(column.kind, "string")
    field: dict[str, object] = {"name": column.name, "type": kind, "description": described(column)}
    if column.kind == "flag":
        field |= {"trueValues": ["yes"], "falseValues": ["no"]}
    limits: dict[str, object] = {"required": True} if column.required else {}
    if column.choices and column.kind != "flag":
        limits["enum"] = list(column.choices)
    if column.kind == "label" and column.key:
        limits["pattern"] = NAME
    if column.kind == "year":
        limits |= {"minimum": FIRST_YEAR, "maximum": LAST_YEAR}
    least = 0 if column.positive else column.low
    if least is not None:
        limits["minimum"] = int(least) if column.kind == "whole" else least
    if column.high is not None:
        limits["maximum"] = int(column.high) if column.kind == "whole" else column.high
    return field | ({"constraints": limits} if limits else {})


def described(column: Column) -> str:
    """Return what a column means, and what other readers cannot know of it: patterns, dates, its default."""
    ways = {"pattern": "a label, or a pattern with *", "date": "a year, a decimal year, or a date as 2027-07-01"}
    more = [ways[column.kind]] if column.kind in ways else []
    more += ["above zero"] if column.positive else []
    if column.default is not None:
        more.append("empty: " + (str(column.default) or "none"))
    return f"{column.meaning} ({'; '.join(more)})" if more else column.meaning


def _complete_key(table: Table) -> bool:
    """Whether every cell of the key is always filled in, so that other readers may rely on it."""
    return bool(table.key) and all(column.required for column in table.columns if column.key)


def _header(path: Path) -> list[str]:
    """The titles of a table that could be read."""
    lines = csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""))
    return [title.strip() for title in next(row for row in lines if row)]


def _sources(raw: RawTables) -> list[dict[str, str]]:
    """What the numbers rest on, from the table of sources."""
    if "sources" not in raw.frames:
        return []
    listed = raw.frames["sources"].filter(pl.col("title").is_not_null())
    return [
        {"title": title} | ({"path": url} if (url or "").startswith(("http://", "https://")) else {})
        for title, url in listed.select("title", "url").iter_rows()
    ]


def _licences(folder: Path) -> list[object]:
    """The licences that the package named before; none if there is no such file, or none that can be read."""
    try:
        before = json.loads(text_of(folder, PACKAGE, []) or "")
    except (ValueError, RecursionError):
        return []
    named = before.get("licenses") if isinstance(before, dict) else None
    return named if isinstance(named, list) and all(isinstance(one, dict) for one in named) else []
