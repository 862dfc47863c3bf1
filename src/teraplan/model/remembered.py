"""Functions of a case that need not run again: each result is kept with what its function read of the case.

A function reads a case through a watch that notes every field it is given. Asked again, it runs only if one of these
fields, or another argument, is not equal to what it was then. So nothing has to be declared, and nothing can be
forgotten, as long as the functions read only what they are given.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

import numpy as np
import polars as pl
from scipy import sparse

from teraplan.case.case import Case
from teraplan.case.resolve import Tables

Result = TypeVar("Result")
Reads = dict[tuple[str, ...], Any]


class Remembered:
    """What functions returned, by name, with what they were given and what they read."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._known: dict[str, tuple[tuple[Any, ...], Reads, Any]] = {}

    def __call__(self, name: str, function: Callable[..., Result], *given: Any) -> Result:
        """Return function(*given), from memory if nothing that it depends on has changed.

        A new result that is equal to the remembered one is the remembered one, so that what depends on it is spared.
        """
        known = self._known.get(name)
        case = next((one for one in given if isinstance(one, Case)), None)
        others = tuple(one for one in given if not isinstance(one, Case))
        if (
            known is not None
            and same(known[0], others)
            and all(same(_at(case, path), was) for path, was in known[1].items())
        ):
            return cast(Result, known[2])
        reads: Reads = {}
        result = function(
            *(_Watched(one, ((), reads, {}), (self, name)) if isinstance(one, Case) else one for one in given)
        )
        if known is not None and same(known[2], result):
            result = known[2]
        self._known[name] = (others, reads, result)
        return result

    def reads(self, name: str) -> Reads:
        """Return what a remembered function has read of its case."""
        return self._known[name][1]


class _Watched:
    """A case, or the tables of one, that notes which of its fields are read, and by which remembered function."""

    def __init__(
        self,
        of: Case | Tables,
        noted: tuple[tuple[str, ...], Reads, Mapping[str, Any]],
        by: tuple[Remembered, str],
    ) -> None:
        self._of, self._by = of, by
        self._path, self._reads, self._instead = noted

    def __getattr__(self, name: str) -> Any:
        if name in self._instead:
            return self._instead[name]
        value, path = getattr(self._of, name), (*self._path, name)
        if isinstance(value, Tables):
            return _Watched(value, (path, self._reads, {}), self._by)
        self._reads[path] = value
        return value

    @property
    def edited(self) -> bool:
        return bool(self._instead)

    def with_fields(self, values: Mapping[str, Any]) -> "_Watched":
        return _Watched(self._of, (self._path, self._reads, {**self._instead, **values}), self._by)

    def once(self, function: Callable[..., Any], given: tuple[Any, ...], shared: bool) -> Any:
        if self._instead:
            raise ValueError("a part cannot be remembered of a case with other fields: change them within the part")
        memory, name = self._by[0], function.__name__ if shared else f"{self._by[1]}: {function.__name__}"
        result = memory(name, function, self._of, *given)
        self._reads |= memory.reads(name)
        return result


def once(case: Case, function: Callable[..., Result], *given: Any) -> Result:
    """Return function(case, *given), remembered apart from the function that asks for it, if the case is watched."""
    if isinstance(case, _Watched):
        return cast(Result, case.once(function, given, shared=False))
    return function(case, *given)


def once_for_all(case: Case, function: Callable[..., Result], *given: Any) -> Result:
    """Return function(case, *given), remembered for all that ask for it; made anew of a case with other fields."""
    if isinstance(case, _Watched) and not case.edited:
        return cast(Result, case.once(function, given, shared=True))
    return function(case, *given)


def with_fields(case: Case, **values: pl.DataFrame) -> Case:
    """Return a case with other values of these fields, as `dataclasses.replace` does, and watched if it was."""
    if isinstance(case, _Watched):
        return cast(Case, case.with_fields(values))
    return replace(case, **values)  # type: ignore[arg-type]


def same(one: Any, other: Any) -> bool:
    """Return whether two values are equal, to the last bit and in the same order."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, pl.DataFrame):
        return one.schema == other.schema and one.equals(other)
    if isinstance(one, pl.Series):
        return one.dtype == other.dtype and one.equals(other)
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if isinstance(one, sparse.csr_matrix):
        return one.shape == other.shape and all(same(getattr(one, part), getattr(other, part)) for part in CSR)
    if is_dataclass(one):
        return all(same(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    return bool(one == other)


CSR = ("indptr", "indices", "data")


def _at(case: Case | None, path: tuple[str, ...]) -> Any:
    value: Any = case
    for name in path:
        value = getattr(value, name)
    return value
