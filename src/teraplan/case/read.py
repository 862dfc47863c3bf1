"""Folder -> text tables that remember their lines -> resolved tables. Whatever is wrong is collected and said at once."""

import csv
import hashlib
import io
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import polars as pl
from pydantic import BaseModel, ValidationError

from teraplan.case.checks import CASE_CHECKS, TABLE_CHECKS
from teraplan.case.edit import Edit, apply_edits, edit_of
from teraplan.case.resolve import Tables, resolve
from teraplan.case.tables import TABLES, Scenario, Settings, Table
from teraplan.case.typed import typed_tables
from teraplan.errors import CaseError, Fault, did_you_mean

CASES = Path(__file__).parent.parent / "cases"
LARGEST_FILE = 200_000_000
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class RawTables:
    """A case as text: settings, and per table its columns as strings (null where empty) with `line`."""

    folder: Path
    settings: Settings
    frames: Mapping[str, pl.DataFrame]
    fingerprint: str


def find_case(name_or_path: str | Path) -> Path:
    """Return the folder of a shipped case or of a path; CaseError with a suggestion if there is neither."""
    path = Path(name_or_path)
    if (path / "case.toml").is_file():
        return path
    shipped = (
        sorted(folder.name for folder in CASES.iterdir() if (folder / "case.toml").is_file()) if CASES.is_dir() else []
    )
    if str(name_or_path) in shipped:
        return CASES / str(name_or_path)
    what = (
        f"{path} has no case.toml"
        if path.is_dir()
        else f"there is no case {str(name_or_path)!r}, neither shipped nor a folder"
    )
    raise CaseError(str(name_or_path), (Fault(str(name_or_path), what, did_you_mean(path.name, shipped)),))


def read_tables(folder: Path) -> tuple[RawTables | None, list[Fault]]:
    """Return the text of every table of a folder and every fault of form; None if there is no reading on."""
    faults: list[Fault] = []
    digest = hashlib.sha256()
    settings = _read_model(folder, "case.toml", Settings, faults, digest)
    frames: dict[str, pl.DataFrame] = {}
    for path in sorted(folder.glob("*")):
        if path.suffix == ".csv" and path.stem not in TABLES:
            faults.append(Fault(path.name, "is not a table of a case", did_you_mean(path.stem, TABLES)))
    for table in TABLES.values():
        path = folder / f"{table.name}.csv"
        if path.exists() or path.is_symlink():
            text = _text(folder, path, faults, digest)
            if text is not None:
                frames[table.name] = _parse(table, text, faults)
        elif table.required:
            faults.append(
                Fault(f"{table.name}.csv", "is missing: every case needs it", f"add {table.name}.csv: {table.meaning}")
            )
    if settings is None:
        return None, faults
    return RawTables(folder, settings, frames, digest.hexdigest()), faults


def read_scenario(folder: Path, name: str) -> tuple[Scenario | None, list[Fault]]:
    """Return a scenario of a case by name, or the faults of its file."""
    faults: list[Fault] = []
    known = sorted(path.stem for path in (folder / "scenarios").glob("*.toml"))
    if name not in known:
        return None, [Fault(f"scenario {name!r}", "is not among the case's scenarios", did_you_mean(name, known))]
    return _read_model(folder, f"scenarios/{name}.toml", Scenario, faults, hashlib.sha256()), faults


def parse_scenario(path: Path) -> Scenario:
    """Return the scenario in a file anywhere (`--edit FILE`); CaseError with its faults."""
    faults: list[Fault] = []
    scenario = _read_model(path.parent, path.name, Scenario, faults, hashlib.sha256())
    if scenario is None:
        raise CaseError(str(path), tuple(faults))
    return scenario


def _read_model(
    folder: Path, name: str, model: type[Model], faults: list[Fault], digest: "hashlib._Hash"
) -> Model | None:
    path = folder / name
    if not path.exists():
        faults.append(Fault(name, "is missing", f"add {name}"))
        return None
    text = _text(folder, path, faults, digest)
    if text is None:
        return None
    try:
        return model(**tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        faults.append(Fault(name, f"is not valid TOML: {error}", "mend that line"))
    except ValidationError as error:
        for one in error.errors():
            where = ".".join(str(part) for part in one["loc"])
            known = [field.alias or field_name for field_name, field in model.model_fields.items()]
            unknown = one["type"] == "extra_forbidden"
            fix = did_you_mean(str(one["loc"][-1]), known) if unknown else f"see the reference of {Path(name).name}"
            faults.append(Fault(f"{name}, {where or 'whole file'}", "is not a setting" if unknown else one["msg"], fix))
    return None


def _text(folder: Path, path: Path, faults: list[Fault], digest: "hashlib._Hash") -> str | None:
    """Return a file's text; a path out of the folder, a huge file, NUL bytes, another encoding are faults."""
    name = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
    if ".." in path.relative_to(folder).parts or not path.resolve().is_relative_to(folder.resolve()):
        faults.append(Fault(name, "leads out of the case's folder", "keep every file of a case inside its folder"))
        return None
    try:
        if path.stat().st_size > LARGEST_FILE:
            faults.append(
                Fault(
                    name,
                    f"is larger than {LARGEST_FILE // 1_000_000} MB",
                    "split the case or drop what it does not need",
                )
            )
            return None
        raw = path.read_bytes()
    except OSError as error:
        faults.append(Fault(name, f"cannot be read: {error.strerror}", "give it a readable file"))
        return None
    digest.update(name.encode() + b"\0" + raw)
    if b"\0" in raw:
        faults.append(
            Fault(
                f"{name} line {raw[: raw.index(0)].count(10) + 1}",
                "holds a NUL byte: not a text file",
                "save it as UTF-8 text",
            )
        )
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        faults.append(
            Fault(
                f"{name} line {line}",
                f"is not UTF-8 text (byte {raw[error.start]:#x})",
                "save the file in the encoding UTF-8",
            )
        )
        return None


def _parse(table: Table, text: str, faults: list[Fault]) -> pl.DataFrame:
    """Return a table's columns as text with `line`; unknown, repeated, missing columns and ragged rows are faults."""
    name, known = f"{table.name}.csv", {column.name: column for column in table.all_columns}
    header = next(csv.reader(io.StringIO(text)), [])
    for position, column in enumerate(header):
        if column not in known:
            faults.append(
                Fault(
                    f"{name} line 1, column {column or position + 1}",
                    "is not a column of this table",
                    did_you_mean(column, known),
                )
            )
        elif column in header[:position]:
            faults.append(Fault(f"{name} line 1, column {column}", "stands twice in the header", "keep one of them"))
    missing = [column.name for column in table.all_columns if column.required and column.name not in header]
    faults += [
        Fault(f"{name} line 1", f"has no column {column!r}", f"add it: {known[column].meaning}") for column in missing
    ]
    if missing or len(set(header)) != len(header):
        return _empty(table)
    frame = _cells(name, text, header, faults)
    blank = [pl.lit(None, pl.String).alias(column) for column in known if column not in header]
    filled = frame.with_columns(blank).select(*known, "line")
    formula = pl.any_horizontal(pl.col(column).str.contains(r"^[=@]") for column in known if column != "note")
    for row in filled.filter(formula).iter_rows(named=True):
        column = next(c for c in known if c != "note" and (row[c] or "").startswith(("=", "@")))
        faults.append(
            Fault(
                f"{name} line {row['line']}, column {column}",
                f"holds a formula: {row[column]!r}",
                "write the value itself",
            )
        )
    return filled


def _cells(name: str, text: str, header: Sequence[str], faults: list[Fault]) -> pl.DataFrame:
    """Return every cell as text, trimmed, null where empty, and the true line of each row."""
    rows = csv.reader(io.StringIO(text))
    next(rows, None)
    kept, lines, line = [], [], 2
    try:
        for row in rows:
            start, line = line, rows.line_num + 1
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(header):
                faults.append(
                    Fault(
                        f"{name} line {start}",
                        f"has {len(row)} cells, the header has {len(header)}",
                        "give every row one cell a column",
                    )
                )
                continue
            kept.append(row)
            lines.append(start)
    except csv.Error as error:
        faults.append(Fault(f"{name} line {line}", f"cannot be read as CSV: {error}", "mend the quotes of that line"))
    frame = (
        pl.DataFrame(kept, schema=dict.fromkeys(header, pl.String), orient="row")
        if kept
        else pl.DataFrame(schema=dict.fromkeys(header, pl.String))
    )
    trimmed = frame.with_columns(pl.all().str.strip_chars())
    return trimmed.with_columns(
        pl.when(pl.col(c) == "").then(None).otherwise(pl.col(c)).alias(c) for c in header
    ).with_columns(line=pl.Series(lines, dtype=pl.Int32))


def _empty(table: Table) -> pl.DataFrame:
    return pl.DataFrame(schema={**{column.name: pl.String for column in table.all_columns}, "line": pl.Int32})


def load_tables(name_or_path: str | Path, scenario: str | None = None, edits: Sequence[Edit] = ()) -> Tables:
    """Return the resolved tables of a case under a scenario and further edits; CaseError with every fault found.

    The checks of form come first, then the rules between tables, then what only resolved tables show: a table that cannot
    be read would only make noise further down.
    """
    folder = find_case(name_or_path)
    raw, faults = read_tables(folder)
    chosen, wrong = (None, []) if scenario is None else read_scenario(folder, scenario)
    faults += wrong
    if raw is None or faults:
        raise CaseError(str(name_or_path), tuple(faults))
    typed = typed_tables(raw.frames, faults)
    faults += [fault for check in TABLE_CHECKS for fault in check(typed)]
    if faults:
        raise CaseError(str(name_or_path), tuple(faults))
    tables = resolve(_in_view(raw.settings, chosen), typed, raw.fingerprint, faults)
    faults += [fault for check in CASE_CHECKS for fault in check(tables)] if not faults else []
    if faults:
        raise CaseError(str(name_or_path), tuple(faults))
    blocks = [
        edit_of(block, f"scenario {scenario}, edit {number}")
        for number, block in enumerate(chosen.edit if chosen else (), start=1)
    ]
    return apply_edits(replace(tables, scenario=scenario), [*blocks, *edits])


def _in_view(settings: Settings, scenario: Scenario | None) -> Settings:
    """The settings under a scenario's view and objective."""
    if scenario is None:
        return settings
    programme = scenario.programme
    view = scenario.view or (programme.view if programme else None) or settings.view
    objective = scenario.objective or (programme.objective if programme else None) or settings.objective
    return settings.model_copy(update={"view": view, "objective": objective})
