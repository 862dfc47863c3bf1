"""Labels that a case can hold: what OSeMOSYS names freely becomes letters, digits, `_`, `-` and `.`, always alike."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import polars as pl

from teraplan.convert.osemosys_parameters import (
    EMISSION,
    FUEL,
    MODE,
    OTHER_REGION,
    PARAMETERS,
    REGION,
    SLICE,
    STORAGE,
    TECHNOLOGY,
)
from teraplan.convert.osemosys_read import Model
from teraplan.errors import Fault

NAMED = (REGION, TECHNOLOGY, FUEL, EMISSION, STORAGE, MODE, SLICE)
RESERVED = {REGION: ("each", "WLD"), SLICE: ("*",)}
"""Words that mean something of their own in a case."""


def cleaned(model: Model, faults: list[Fault]) -> Model:
    """Return the model with labels that a case can hold; two labels that would become one are a fault.

    An emission that is called like a fuel becomes NAME_emission, a reserved word gets `_` at its end.
    """
    new: dict[str, dict[str, str]] = {}
    for name in NAMED:
        new[name] = {label: _clean(label, RESERVED.get(name, ())) for label in model.sets[name]}
        faults += _merged(name, new[name])
    fuels = set(new[FUEL].values())
    new[EMISSION] = {old: f"{to}_emission" if to in fuels else to for old, to in new[EMISSION].items()}
    if all(old == to for labels in new.values() for old, to in labels.items()):
        return model
    sets = {
        name: [new[name][label] for label in labels] if name in new else labels for name, labels in model.sets.items()
    }
    given = {name: _renamed(frame, PARAMETERS[name][0], new) for name, frame in model.given.items()}
    return replace(model, sets={**sets, OTHER_REGION: sets[REGION]}, given=given)


def free_label(wanted: str, taken: set[str]) -> str:
    """Return a label that is not taken: the one wanted, with as many `_` at its end as it needs."""
    while wanted in taken:
        wanted += "_"
    return wanted


def _clean(label: str, reserved: tuple[str, ...]) -> str:
    text = re.sub(r"[^A-Za-z0-9_.\-]", "_", label)
    begun = text if re.match(r"[A-Za-z0-9]", text) else f"x{text}"
    return f"{begun}_" if begun in reserved else begun


def _merged(name: str, labels: Mapping[str, str]) -> Iterator[Fault]:
    known: dict[str, str] = {}
    for old, to in labels.items():
        if to in known:
            what = f"{known[to]!r} and {old!r} are both {to!r} in letters, digits, _ - and ."
            yield Fault(f"{name}.csv", what, "rename one of them")
        known[to] = old


def _renamed(frame: pl.DataFrame, indices: tuple[str, ...], new: Mapping[str, Mapping[str, str]]) -> pl.DataFrame:
    homes = {index: REGION if index == OTHER_REGION else index for index in indices}
    columns = [pl.col(index).replace(dict(new[home])) for index, home in homes.items() if home in new]
    return frame.with_columns(columns)
