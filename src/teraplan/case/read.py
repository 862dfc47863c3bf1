"""Folder -> text tables that remember their lines -> resolved tables. Whatever is wrong is said, all of it at once."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import polars as pl

from teraplan.case.cells import cells_of, rows_of
from teraplan.case.check_rows import every_label_is_declared, sound
from teraplan.case.check_settings import SCENARIO_RULES, SETTINGS_RULES, spans_hold_a_period
from teraplan.case.checks import CASE_CHECKS, ROW_CHECKS, TABLE_CHECKS
from teraplan.case.edit import Edit, edit_of, edited
from teraplan.case.faults import first_of
from teraplan.case.files import held_to, model_of, text_of
from teraplan.case.known import begun_by, decimal_year, published_by
from teraplan.case.resolve import Tables, resolve
from teraplan.case.schema import Column, Table
from teraplan.case.settings import Scenario, Settings, in_view
from teraplan.case.tables import TABLES, TABLES_TO_COME
from teraplan.case.typed import typed_tables
from teraplan.errors import CaseError, Fault, did_you_mean

CASES = Path(__file__).parent.parent / "cases"
FORMULA = r"^(?:[=@]|[+\-][A-Za-z][^ ]*[(|!])"
"""What a spreadsheet would compute when it opens the file."""


@dataclass(frozen=True)
class RawTables:
    """A case as text: settings, and per table its columns as strings (null where empty) with `line`.

    unread: tables that could not be read, or not to their end; frames holds what there is of them.
    """

    folder: Path
    settings: Settings | None
    frames: Mapping[str, pl.DataFrame]
    unread: frozenset[str]
    fingerprint: str


def find_case(name_or_path: str | Path) -> Path:
    """Return the folder of a shipped case or of a path; CaseError with a suggestion if there is neither."""
    path = Path(name_or_path)
    if _exists(path / "case.toml"):
        return path
    shipped = sorted(folder.name for folder in CASES.iterdir() if _exists(folder / "case.toml"))
    if str(name_or_path) in shipped:
        return CASES / str(name_or_path)
    if _exists(path):
        what, fix = "has no case.toml", "name the folder of a case, or add case.toml"
    else:
        what, fix = "is neither a shipped case nor a folder", did_you_mean(path.name, shipped)
    raise CaseError(str(name_or_path), (Fault(str(name_or_path), what, fix),))


def read_tables(folder: Path) -> tuple[RawTables, list[Fault]]:
    """Return the text of every table of a case, with those that another case lends it, its settings, every fault."""
    raw, faults = own_tables(folder)
    lender = None if raw.settings is None else raw.settings.stands_on
    lent = None if lender is None else _lent(raw, lender, faults)
    raw = raw if lent is None else lent
    there = set(raw.frames) | raw.unread
    missing = [table for table in TABLES.values() if table.required and table.name not in there]
    for table in missing:
        fix = f"add {table.name}.csv: {table.meaning}"
        faults.append(Fault(f"{table.name}.csv", "is missing: every case needs it", fix))
    return replace(raw, unread=raw.unread | {table.name for table in missing}), faults


def _lent(raw: RawTables, lender: str, faults: list[Fault]) -> RawTables | None:
    """The tables of a case on top of those of the case that it stands on; None and a fault if it cannot stand there."""
    shipped = sorted(path.name for path in CASES.iterdir() if _exists(path / "case.toml"))
    below, wrong = own_tables(CASES / lender) if lender in shipped else (None, [])
    if below is None:
        faults.append(
            Fault("case.toml, stands_on", f"{lender!r} is not a case that ships", did_you_mean(lender, shipped))
        )
        return None
    if below.settings is not None and below.settings.stands_on is not None:
        fix = f"name {below.settings.stands_on!r}"
        faults.append(Fault("case.toml, stands_on", f"{lender!r} stands on another case itself", fix))
        return None
    faults += wrong
    frames = {**below.frames, **raw.frames}
    for name in below.frames.keys() & raw.frames.keys():
        frames[name] = _on_top(TABLES[name], raw.frames[name], below.frames[name])
    digest = hashlib.sha256(f"{raw.fingerprint}{below.fingerprint}".encode()).hexdigest()
    return replace(raw, frames=frames, unread=raw.unread | below.unread, fingerprint=digest)


def _on_top(table: Table, own: pl.DataFrame, lent: pl.DataFrame) -> pl.DataFrame:
    """Own rows, then the lent ones with other labels in the first column; records are never mixed."""
    if table.name == "calibration":
        return own
    label = table.columns[0].name
    kept = lent.filter(~pl.col(label).is_in(own[label].drop_nulls().implode()))
    last = own.select(pl.col("line").max()).item() or 0
    return pl.concat([own, kept.with_columns(pl.col("line") + last)])


def own_tables(folder: Path) -> tuple[RawTables, list[Fault]]:
    """Return the text of the tables that stand in a folder, its settings, and every fault of form."""
    faults: list[Fault] = []
    digest = hashlib.sha256()
    text = text_of(folder, "case.toml", faults)
    digest.update(f"case.toml\0{text}".encode())
    settings = None if text is None else _settings(folder, text, faults)
    faults += _strange_files(folder)
    frames: dict[str, pl.DataFrame] = {}
    unread = set()
    for table in TABLES.values():
        name, before = f"{table.name}.csv", len(faults)
        if not _exists(folder / name):
            continue
        text = text_of(folder, name, faults)
        digest.update(f"\0{name}\0{text}".encode())
        frame = None if text is None else _parsed(table, text, faults)
        if frame is not None:
            frames[table.name] = frame
        if frame is None or len(faults) > before:
            unread.add(table.name)
    return RawTables(folder, settings, frames, frozenset(unread), digest.hexdigest()), faults


def read_settings(folder: Path) -> Settings | None:
    """Return what case.toml of a folder says, None where it has faults: `read_tables` tells them with all others."""
    faults: list[Fault] = []
    text = text_of(folder, "case.toml", faults)
    return None if text is None else _settings(folder, text, faults)


def read_scenario(folder: Path, name: str) -> tuple[Scenario | None, list[Fault]]:
    """Return a scenario of a case by name, or the faults of its file."""
    known = sorted(path.stem for path in (folder / "scenarios").glob("*.toml"))
    if name not in known:
        return None, [Fault(f"scenario {name!r}", "is not among the case's scenarios", did_you_mean(name, known))]
    faults: list[Fault] = []
    return _scenario(folder, f"scenarios/{name}.toml", faults), faults


def parse_scenario(path: Path) -> Scenario:
    """Return the scenario in a file anywhere (`--edit FILE`); CaseError with its faults."""
    faults: list[Fault] = []
    scenario = _scenario(path.parent, path.name, faults)
    if scenario is None:
        raise CaseError(str(path), tuple(faults))
    return scenario


def load_tables(
    name_or_path: str | Path, scenario: str | None = None, edits: Sequence[Edit] = (), known_by: date | None = None
) -> Tables:
    """Return the resolved tables of a case under a scenario and further edits; CaseError with every fault found.

    known_by: reads what was known by a date, in place of what the case says.

    Faults of files come first, then of cells and rows, then between tables, then what only resolved tables show: what
    a mistake brings about further down stands after it. A table that cannot be read at all ends the search where it
    would only make noise.
    """
    folder = find_case(name_or_path)
    raw, faults = read_tables(folder)
    chosen, wrong = (None, []) if scenario is None else read_scenario(folder, scenario)
    faults += wrong
    typed = typed_tables(raw.frames, faults)
    faults += [fault for check in ROW_CHECKS for fault in first_of(check(typed))]
    faults += every_label_is_declared(typed, raw.unread)
    if raw.settings is None or raw.unread - raw.frames.keys():
        raise CaseError(str(name_or_path), tuple(faults))
    faults += _late(f"scenarios/{scenario}.toml", chosen, raw.settings)
    settings = in_view(raw.settings, chosen)
    settings = settings if known_by is None else settings.model_copy(update={"known_by": known_by})
    whole = sound(typed if settings.known_by is None else published_by(typed, decimal_year(settings.known_by)))
    faults += [fault for check in TABLE_CHECKS for fault in first_of(check(whole))]
    tables = resolve(settings, whole, raw.fingerprint, faults)
    if settings.known_by is not None:
        begun = begun_by(tables.frames["capacity"], tables.frames["lead_times"], decimal_year(settings.known_by))
        tables = replace(tables, frames={**tables.frames, "capacity": begun})
    blocks = (
        [edit_of(block, f"scenario {scenario}, edit {n}") for n, block in enumerate(chosen.edit, 1)] if chosen else []
    )
    tables = edited(replace(tables, scenario=scenario), [*blocks, *edits], faults)
    faults += [fault for check in CASE_CHECKS for fault in first_of(check(tables))]
    if faults:
        raise CaseError(str(name_or_path), tuple(dict.fromkeys(faults)))
    return tables


def _late(name: str, scenario: Scenario | None, settings: Settings) -> list[Fault]:
    """What a scenario spans in which the case has no period."""
    found = [] if scenario is None else spans_hold_a_period(scenario, settings)
    return [Fault(", ".join([name, *map(str, place)]), what, fix) for place, what, fix in found]


def _settings(folder: Path, text: str, faults: list[Fault]) -> Settings | None:
    settings = model_of(text, "case.toml", Settings, faults)
    if settings is None:
        return None
    wrong = held_to(SETTINGS_RULES, settings, text, "case.toml")
    if settings.default_scenario is not None:
        _, missing = read_scenario(folder, settings.default_scenario)
        wrong += [
            Fault("case.toml, default_scenario", f"{fault.where} {fault.what}", fault.fix) for fault in missing[:1]
        ]
    faults += wrong
    return None if wrong else settings


def _scenario(folder: Path, name: str, faults: list[Fault]) -> Scenario | None:
    text = text_of(folder, name, faults)
    scenario = None if text is None else model_of(text, name, Scenario, faults)
    wrong = [] if scenario is None or text is None else held_to(SCENARIO_RULES, scenario, text, name)
    faults += wrong
    return None if wrong else scenario


def _strange_files(folder: Path) -> list[Fault]:
    """Tables that nobody asked for: misspelt, or of a later version."""
    faults = []
    for path in sorted(folder.glob("*.csv")):
        if path.stem in TABLES_TO_COME:
            faults.append(Fault(path.name, "is not in this version", "take it out"))
        elif path.stem not in TABLES:
            faults.append(Fault(path.name, "is not a table of a case", did_you_mean(path.stem, TABLES)))
    return faults


def _parsed(table: Table, text: str, faults: list[Fault]) -> pl.DataFrame | None:
    """Return a table's columns as text with `line`, or None where its header cannot be used; all faults are added."""
    name, known = f"{table.name}.csv", {column.name: column for column in table.all_columns}
    rows = rows_of(name, text, faults)
    if not rows.height:
        faults.append(Fault(name, "has no header", f"begin it with {','.join(known)}"))
        return None
    line, titles = rows.row(0)
    header = [title.strip() for title in titles]
    faults += first_of(_wrong_titles(f"{name} line {line}", header, known))
    if len(set(header)) != len(header) or any(c.required and c.name not in header for c in known.values()):
        return None
    frame = cells_of(name, header, rows[1:], faults)
    filled = frame.select(*(pl.col(c) if c in header else pl.lit(None, pl.String).alias(c) for c in known), "line")
    faults += first_of(_formulas(name, filled))
    return filled


def _wrong_titles(where: str, header: Sequence[str], known: Mapping[str, Column]) -> Iterator[Fault]:
    """Columns that stand twice, that nobody knows, that are missing."""
    for column in known.values():
        if column.required and column.name not in header:
            yield Fault(where, f"has no column {column.name!r}", f"add it: {column.meaning}")
    seen = set()
    for place, title in enumerate(header, start=1):
        if title in seen:
            yield Fault(f"{where}, column {title or place}", "stands twice in the header", "keep one of them")
        elif title not in known:
            what = "is not a column of this table"
            yield Fault(f"{where}, column {title or place}", what, did_you_mean(title, known))
        seen.add(title)


def _formulas(name: str, frame: pl.DataFrame) -> Iterator[Fault]:
    """Cells that a spreadsheet would compute."""
    columns = [column for column in frame.columns if column != "line"]
    found = frame.select(pl.col(columns).str.contains(FORMULA).fill_null(False).any()).row(0)
    for column, any_formula in zip(columns, found, strict=True):
        if any_formula:
            for line, cell in frame.filter(pl.col(column).str.contains(FORMULA)).select("line", column).iter_rows():
                what = f"holds a formula: {cell[:40]!r}"
                yield Fault(f"{name} line {line}, column {column}", what, "write the value itself")


def _exists(path: Path) -> bool:
    """Whether something stands at a path, a dangling link included; a path that cannot be asked for does not exist."""
    try:
        return path.exists() or path.is_symlink()
    except (OSError, ValueError):
        return False
