"""Runs on disk: one folder a run, run.json and one Parquet file a table, whole or not there at all.

A run is written beside its place, as `.tmp-NAME-...`, and renamed when it is whole. What stood there before steps
aside first, as `.tmp-NAME-old`, and goes when the new one is in. So a process that is killed leaves the old run, the
new run, or the old one set aside, from where it is still read; the next save of the run clears whatever else is left.
"""

import hashlib
import io
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from teraplan.errors import StoreError, did_you_mean
from teraplan.results.results import Results

SCHEMA = 1
RECORD = "run.json"
TABLE = re.compile(r"[a-z][a-z0-9_]*")
ORDER = (
    "schema", "case", "title", "scenario", "case_hash", "as_of", "edits", "keep", "kept", "programme", "view",
    "objective_name", "target", "money_unit", "base_year", "horizon_end", "solved_until", "teraplan_version", "solver",
    "status", "objective", "bound", "gap", "most_compute", "seconds", "rows", "columns", "nonzeros",
    "peak_memory_bytes", "audit",
)  # fmt: skip
"""How run.json begins; what else a run says of itself follows by name, and last what the store adds: `stored`."""


@dataclass(frozen=True)
class StoredRun:
    """A run in a folder of runs: where it lies and what its run.json says; its tables are not read."""

    folder: Path
    run: Mapping[str, object]

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.name


def save(results: Results, folder: Path | str) -> Path:
    """Write a run to a folder, in place of the run that may stand there, and return the folder.

    run.json gains `seconds.write` [s] and `stored`: when, and each table's rows, size [byte] and SHA-256. Raises
    StoreError if the folder holds something else than a run, or cannot be written; what stood there then still does.
    """
    place = Path(folder).resolve()
    with _troubles(f"the run cannot be saved in {place}"):
        place.parent.mkdir(parents=True, exist_ok=True)
        _clear(place)
        _check_free(place)
        whole = place.parent / f".tmp-{place.name}-{os.getpid()}-{secrets.token_hex(4)}"
        try:
            _write(results, whole)
            _put(whole, place)
        finally:
            shutil.rmtree(whole, ignore_errors=True)
    return place


def load(folder: Path | str) -> Results:
    """Return the run that is stored in a folder, every table checked against what run.json says of it.

    `run` gains `name`, that of the folder. Raises StoreError where there is no run, or one not whole or not ours.
    """
    place = Path(folder).resolve()
    if not place.exists() and not _aside(place).exists():
        known = [run.name for run in stored_runs(place.parent)]
        raise StoreError(f"there is no run in {place}: {did_you_mean(place.name, known)}")
    with _troubles(f"the run in {place} cannot be read"):
        standing = _standing(place)
        run = _record(standing)
        frames = {name: _table(standing, name, told) for name, told in _listed(standing, run).items()}
    return Results(run={**run, "name": place.name}, frames=frames)


def stored_runs(folder: Path | str) -> list[StoredRun]:
    """Return the runs in a folder of runs, newest first; what is half written, or none of ours, is left out."""
    root = Path(folder).resolve()
    if not root.is_dir():
        return []
    with _troubles(f"the runs in {root} cannot be listed"):
        names = {_set_aside_for(path.name) or path.name for path in root.iterdir()}
        places = [root / name for name in sorted(names) if not name.startswith(".tmp-")]
    found = []
    for place in places:
        try:
            standing = _standing(place)
            run = _record(standing)
            if all((standing / f"{name}.parquet").is_file() for name in _listed(standing, run)):
                found.append(StoredRun(place, {**run, "name": place.name}))
        except (StoreError, OSError):
            continue
    return sorted(found, key=lambda run: _saved_at(run.run), reverse=True)


# --- writing ----------------------------------------------------------------------------------------------------------


def _write(results: Results, folder: Path) -> None:
    started = time.perf_counter()
    folder.mkdir()
    tables = {}
    for name, frame in results.frames.items():
        if TABLE.fullmatch(name) is None:
            raise StoreError(f"{name!r} cannot be the name of a stored table: use small letters, digits and _")
        buffer = io.BytesIO()
        frame.write_parquet(buffer, compression="zstd")
        content = buffer.getvalue()
        _write_bytes(folder / f"{name}.parquet", content)
        tables[name] = {"rows": frame.height, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    seconds = results.run.get("seconds")
    written = {"write": time.perf_counter() - started}
    record = {
        **{key: value for key, value in results.run.items() if key not in ("name", "stored")},
        "seconds": {**seconds, **written} if isinstance(seconds, Mapping) else written,
        "stored": {"at": datetime.now(UTC).isoformat(timespec="microseconds"), "tables": tables},
    }
    _write_bytes(folder / RECORD, _text(record).encode())


def _text(record: Mapping[str, object]) -> str:
    rest = sorted(key for key in record if key not in (*ORDER, "stored"))
    ordered = {key: record[key] for key in (*ORDER, *rest, "stored") if key in record}
    try:
        return json.dumps(ordered, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    except (TypeError, ValueError) as error:
        raise StoreError(f"run.json cannot hold what this run says of itself: {error}") from error


def _write_bytes(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _put(whole: Path, place: Path) -> None:
    """Rename a whole run into its place; what stood there steps aside before and comes back if that fails."""
    aside = _aside(place)
    if place.exists():
        place.rename(aside)
    try:
        whole.rename(place)
    except BaseException:
        if aside.exists() and not place.exists():
            aside.rename(place)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _clear(place: Path) -> None:
    """Put back a run that was set aside and never replaced; remove what killed saves of this run left behind."""
    aside = _aside(place)
    if aside.exists() and not place.exists():
        aside.rename(place)
    shutil.rmtree(aside, ignore_errors=True)
    left = re.compile(rf"\.tmp-{re.escape(place.name)}-(\d+)-[0-9a-f]{{8}}")
    for path in place.parent.iterdir():
        found = left.fullmatch(path.name)
        if found is not None and not alive(int(found[1])):
            shutil.rmtree(path, ignore_errors=True)


def _check_free(place: Path) -> None:
    if place.exists() and not (place.is_dir() and ((place / RECORD).is_file() or not any(place.iterdir()))):
        raise StoreError(f"{place} holds something that is not a run: save under another name, or empty it first")


def alive(process: int) -> bool:
    """Return whether a process of this number runs here, so that it may still be writing."""
    if os.name != "posix":
        return process == os.getpid()
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


# --- reading ----------------------------------------------------------------------------------------------------------


def _standing(place: Path) -> Path:
    """Where the run of a place lies: there, or set aside by a save that was killed between its two renames."""
    return _aside(place) if _aside(place).is_dir() and not place.exists() else place


def _record(folder: Path) -> dict[str, object]:
    path = folder / RECORD
    if not path.is_file():
        raise StoreError(f"{folder} is no run, it has no {RECORD}: name the folder of one run, or plan the case again")
    try:
        run = json.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise StoreError(f"{path} is not readable as JSON ({error}): plan the case again") from error
    schema = run.get("schema") if isinstance(run, dict) else None
    if not isinstance(schema, int):
        raise StoreError(f"{path} is no record of a run: it has no number `schema`")
    if schema > SCHEMA:
        raise StoreError(
            f"{path} was written by a newer Teraplan (schema {schema}, ours is {SCHEMA}): install that one"
        )
    return dict(run)


def _listed(folder: Path, run: Mapping[str, object]) -> Mapping[str, Mapping[str, object]]:
    """What run.json says of its tables: name, then rows, bytes, sha256."""
    stored = run.get("stored")
    tables = stored.get("tables") if isinstance(stored, dict) else None
    if not isinstance(tables, dict) or not tables:
        raise StoreError(f"{folder / RECORD} does not list the tables of its run: plan the case again")
    for name, told in tables.items():
        if TABLE.fullmatch(name) is None or not isinstance(told, dict):
            raise StoreError(f"{folder / RECORD} lists {name!r}, which cannot be a table: plan the case again")
    return tables


def _table(folder: Path, name: str, told: Mapping[str, object]) -> pl.DataFrame:
    path = folder / f"{name}.parquet"
    if not path.is_file():
        raise StoreError(f"{path} is missing: copy the whole folder of the run, or plan the case again")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != told.get("sha256"):
        raise StoreError(f"{path} is not what was stored, its SHA-256 differs: copy it again, or plan the case again")
    try:
        return pl.read_parquet(io.BytesIO(content))
    except pl.exceptions.PolarsError as error:
        raise StoreError(f"{path} cannot be read as Parquet ({error}): plan the case again") from error


def _saved_at(run: Mapping[str, object]) -> str:
    stored = run["stored"]
    return str(stored.get("at", "")) if isinstance(stored, Mapping) else ""


def _aside(place: Path) -> Path:
    return place.parent / f".tmp-{place.name}-old"


def _set_aside_for(name: str) -> str | None:
    """The run that a set-aside folder belongs to; None for any other name."""
    found = re.fullmatch(r"\.tmp-(.+)-old", name)
    return None if found is None else found[1]


@contextmanager
def _troubles(what: str) -> Iterator[None]:
    """Say an operating system's refusal in our words."""
    try:
        yield
    except PermissionError as error:
        raise StoreError(f"{what}: no permission for {error.filename}; choose a folder that you may write") from error
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise StoreError(f"{what}: {error.strerror or error}{where}; choose another folder or make room") from error
