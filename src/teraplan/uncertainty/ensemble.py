"""Many edited cases of one base case, on any executor. Every study of many futures goes through here.

Each worker builds and solves the base once and keeps it in a Planner. Every case then starts from the basis of the
base, never from that of the case before, so an answer depends on its own case alone: the order of the cases and the
number of workers do not matter.
"""

import hashlib
import pickle
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import lru_cache, partial
from typing import Generic, TypeVar

import polars as pl

from teraplan.case.case import Case
from teraplan.executor import Outcome, Store, Tell, run_cases, silent
from teraplan.planner import Planner, Warm
from teraplan.solver import Options, Solution

Item = TypeVar("Item")


@dataclass(frozen=True)
class Question(Generic[Item]):
    """What is asked of every case, as functions of modules, so that they can be sent to other processes.

    change: the base and an item -> the case to solve. read: that case and its solution -> the rows that are kept.
    warm: `always` starts each case from the basis of the base, `never` solves each cold; both repeat to the last bit.
    """

    change: Callable[[Case, Item], Case]
    read: Callable[[Case, Solution], pl.DataFrame]
    warm: Warm = "always"


@dataclass(frozen=True)
class Means:
    """How many cases are solved: on which executor (or how many local processes), kept where, told to whom."""

    executor: Executor | int | None = None
    store: Store | None = None
    tell: Tell = silent
    options: Options = Options(threads=1)


def solve_many(
    base: Case, items: Mapping[str, Item], question: Question[Item], means: Means | None = None
) -> Outcome[pl.DataFrame]:
    """Return the rows read of the case that each item makes of the base, and the failures, by name of item.

    Failures are cases with faults, or that no plan can meet, among others. Raises what `run_cases` does.
    """
    means = means or Means()
    work = partial(_answered, packed(base), question, means.options)
    return run_cases(work, items, means.executor, means.store, means.tell)


@dataclass(frozen=True)
class Packed:
    """A case as it is sent to workers: small, and told apart by its content."""

    digest: str
    content: bytes = field(compare=False, repr=False)


def packed(case: Case) -> Packed:
    """Return the case as it is sent to workers."""
    told = hashlib.sha256()
    for part in _parts(replace(case, seconds_read=0.0)):
        told.update(part)
    return Packed(told.hexdigest(), zlib.compress(pickle.dumps(case), 1))


def _parts(value: object) -> Iterator[bytes]:
    """Yield what a value consists of as bytes, the same in every process; a pickle of a frame is not."""
    if isinstance(value, pl.DataFrame):
        yield repr(value.schema).encode()
        yield value.hash_rows().to_numpy().tobytes()
    elif is_dataclass(value):
        for one in fields(value):
            yield one.name.encode()
            yield from _parts(getattr(value, one.name))
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield repr(key).encode()
            yield from _parts(one)
    else:
        yield repr(value).encode()


@lru_cache(maxsize=1)
def unpacked(base: Packed) -> Case:
    """Return the case that was packed; the last one is kept."""
    return unpacked_once(base)


def unpacked_once(case: Packed) -> Case:
    """Return the case that was packed, and do not keep it."""
    return pickle.loads(zlib.decompress(case.content))  # type: ignore[no-any-return]


@lru_cache(maxsize=1)
def _planner(base: Packed, options: Options, warm: Warm) -> Planner:
    """The planner of a worker: it holds the base as long as the worker asks for the same one."""
    return Planner(unpacked(base), options, warm)


def _answered(base: Packed, question: Question[Item], options: Options, item: Item) -> pl.DataFrame:
    case = question.change(unpacked(base), item)
    return question.read(case, _planner(base, options, question.warm).solve(case))
