"""The files of a case as text and as settings: what is hostile, broken or no text is a fault with its line."""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from teraplan.case.faults import first_of
from teraplan.errors import Fault, did_you_mean

LARGEST_FILE, LARGEST_SETTINGS = 200_000_000, 1_000_000
"""Bytes of the largest table and of the largest TOML file that are read."""
Model = TypeVar("Model", bound=BaseModel)
Place = tuple[str | int, ...]
Finding = tuple[Place, str, str]
"""Something wrong in a TOML file: the keys that lead there, what, how to mend it."""
AT = re.compile(r"\(at line (\d+), column (\d+)\)|\(at end of document\)")
KINDS = {
    "missing": ("is missing", "add it"),
    "string_type": ("is not text", 'write it in quotes, as "text"'),
    "date": ("is not a date", "write a date as 2026-11-24"),
    "float_type": ("is not a number", "write a plain number such as 0.08"),
    "int_type": ("is not a whole number", "write a whole number such as 2025"),
    "finite_number": ("is not a finite number", "write a plain number such as 0.08"),
    "string_pattern_mismatch": ("is not a name", "use letters, digits, _ - and ."),
    "tuple_type": ("is not a list", "write [[...]] tables or [...] lists"),
    "model_type": ("is not a table", "write it as a [table]"),
    "dict_type": ("is not a table", "write it as a { key = value } table"),
    "value_error": ("is no label", "write a label, a pattern, or a list of them"),
}


def text_of(folder: Path, name: str, faults: list[Fault]) -> str | None:
    """Return the text of a file in a case's folder, or None and the fault that it is."""
    path = folder / name
    try:
        fault = _unfit(folder, path)
        raw = b"" if fault else path.read_bytes()
    except (OSError, ValueError, RuntimeError) as error:
        fault = ("", f"cannot be read: {getattr(error, 'strerror', None) or error}", "put a readable file there")
    if fault is None and b"\0" in raw:
        line = raw[: raw.index(0)].count(b"\n") + 1
        fault = (f" line {line}", "holds a NUL byte: not a text file", "save it as text in the encoding UTF-8")
    if fault is None:
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + 1
            what = f"is not UTF-8 text (byte {raw[error.start]:#x})"
            fault = (f" line {line}", what, "save the file in the encoding UTF-8")
    where, what, fix = fault
    faults.append(Fault(f"{name}{where}", what, fix))
    return None


def model_of(text: str, name: str, model: type[Model], faults: list[Fault]) -> Model | None:
    """Return the settings that a TOML text holds, or None and everything that is wrong with its keys and types.

    It is held against the model as JSON would be: lists are tuples, dates are dates, and no text becomes a number.
    """
    try:
        held = json.dumps(tomllib.loads(text), default=str)
        return model.model_validate_json(held, strict=True)
    except tomllib.TOMLDecodeError as error:
        at = AT.search(str(error))
        where = f"{name} line {at[1]}, column {at[2]}" if at and at[1] else f"{name}, at its end"
        faults.append(Fault(where, f"is not valid TOML: {AT.sub('', str(error)).strip()}", "mend that line"))
    except ValidationError as error:
        found = sorted(error.errors(include_url=False), key=lambda one: one["type"] != "extra_forbidden")
        findings = [_finding(model, one["type"], one["loc"], one["msg"]) for one in found]
        faults += first_of(_fault(text, name, *finding) for finding in dict.fromkeys(findings))
    except (ValueError, RecursionError) as error:
        faults.append(Fault(name, f"is not valid TOML: {str(error)[:80]}", "write plain numbers, lists and tables"))
    return None


def held_to(rules: Iterable[Callable[[Model], Iterable[Finding]]], given: Model, text: str, name: str) -> list[Fault]:
    """Return the faults that rules find in settings, each with its line in the text."""
    return list(first_of(_fault(text, name, *finding) for rule in rules for finding in rule(given)))


def _unfit(folder: Path, path: Path) -> tuple[str, str, str] | None:
    """Why a path is not read at all: it leads out of the folder, is no plain file, or is too large."""
    inside = path.is_relative_to(folder) and ".." not in path.relative_to(folder).parts
    if not inside or not path.resolve().is_relative_to(folder.resolve()):
        return "", "leads out of the case's folder", "keep every file of a case inside its folder"
    if not path.exists() and not path.is_symlink():
        return "", "is missing", "add it"
    if path.exists() and not path.is_file():
        return "", "is not a file", "put a text file there"
    most = LARGEST_SETTINGS if path.suffix == ".toml" else LARGEST_FILE
    if path.stat().st_size > most:
        return "", f"is larger than {most / 1e6:g} MB", "split the case, or drop what it does not need"
    return None


def _finding(model: type[BaseModel], kind: str, place: Place, message: str) -> Finding:
    """What pydantic found, in our words."""
    if kind == "extra_forbidden":
        known = [field.alias or name for name, field in _model_at(model, place[:-1]).model_fields.items()]
        return place, "is not a setting", did_you_mean(str(place[-1]), known)
    at = tuple(key for key in place if isinstance(key, int) or re.fullmatch(r"[A-Za-z_]\w*", key))
    kind = "date" if kind.startswith("date") else kind
    what, fix = KINDS.get(kind, (message.removeprefix("Input "), "give it such a value"))
    return at, what, fix


def _model_at(model: type[BaseModel], place: Sequence[str | int]) -> type[BaseModel]:
    """The model of the table that a place leads to."""
    for key in place:
        for name, field in model.model_fields.items():
            if key in (name, field.alias):
                inner = [part for part in _parts(field.annotation) if isinstance(part, type)]
                model = next((part for part in inner if issubclass(part, BaseModel)), model)
    return model


def _parts(annotation: object) -> Iterable[object]:
    yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _parts(part)


def _fault(text: str, name: str, place: Place, what: str, fix: str) -> Fault:
    line = _line_of(text, place)
    words = [f"{name} line {line}" if line else name]
    for key in place:
        if isinstance(key, int):
            words[-1] += f" {key + 1}"
        else:
            words.append(key)
    return Fault(", ".join(words), what, fix)


def _line_of(text: str, place: Place) -> int | None:
    """The line of a place: the n-th [[table]] or [table] that it leads through, then the key; None if not found."""
    numbered = list(enumerate(text.splitlines(), start=1))
    found, start = None, 0
    for position, key in enumerate(place):
        if isinstance(key, int):
            continue
        nth = place[position + 1] if position + 1 < len(place) and isinstance(place[position + 1], int) else 0
        shape = re.compile(rf"\s*(?:\[\[?\s*{re.escape(key)}\s*\]\]?|\"?{re.escape(key)}\"?\s*=)")
        hits = [(at, line) for at, (line, words) in enumerate(numbered) if at >= start and shape.match(words)]
        if len(hits) <= int(nth):
            return found
        start, found = hits[int(nth)]
    return found
