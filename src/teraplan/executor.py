"""Many cases, one interface: any executor of concurrent.futures, local processes if none is given.

Every result is written as soon as it is there, one Parquet file an item, under another name until it is whole; so a run
that is killed leaves whole results, and the next run does the rest. What an item is, and what is asked of it, is kept
with its result as a fingerprint: a stored answer to another question is not taken for this one.

Local processes are the standard library's, started afresh (spawn), with one thread each; loky was not faster and is a
dependency more (docs/decisions/0011-local-processes.md). They end when the process that they work for ends, however it
does.
"""

import hashlib
import json
import multiprocessing
import os
import pickle
import re
import secrets
import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

import polars as pl

from teraplan.errors import CaseError, Infeasible, TeraplanError, WorkerLost

Item = TypeVar("Item")
Result = TypeVar("Result")
Tell = Callable[[str], None]
TRIES = 3
"""How often an item may lose its worker before it is given up."""
HEARTBEAT = 0.5
"""Seconds between two looks at work that runs elsewhere: a wait without end would not hear an interrupt."""
ONE_THREAD = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Variables of the environment that keep the libraries of a worker to one thread."""
WARNINGS = "PYTHONWARNINGS"


def silent(text: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Failure:
    """Why an item has no result: the message and the name of what was raised.

    exit_code: what the command line would end with for one of our errors; none for a mistake.
    """

    message: str
    kind: str
    exit_code: int | None = None

    @property
    def answer(self) -> bool:
        """Whether the case itself says so (it has faults, or no plan can meet it), so that trying again is no use."""
        return self.exit_code in (CaseError.exit_code, Infeasible.exit_code)


@dataclass(frozen=True)
class Outcome(Generic[Result]):
    """Results and failures by name of item, both in the order of the items."""

    results: dict[str, Result]
    failures: dict[str, Failure] = field(default_factory=dict)


@dataclass(frozen=True)
class Store:
    """A folder that keeps results, one Parquet file an item, and what they are the answers to.

    question: what the items do not say themselves: the case's fingerprint, the version, the settings of the solver.
    """

    folder: Path
    question: str = ""


def run_cases(
    work: Callable[[Item], Result],
    items: Mapping[str, Item],
    executor: Executor | int | None = None,
    store: Store | None = None,
    tell: Tell = silent,
) -> Outcome[Result]:
    """Return what the work makes of every item, and the failures of those for which it raises.

    executor: any concurrent.futures executor, or a number of local processes; none: one a processor. Work and items
    must be picklable. store: where results (then polars frames) are written as they come, and taken from if they are
    there: results, and failures that are answers. Raises WorkerLost, after everything else is done,
    with the items whose workers died each time they were tried. An interrupt leaves whole results in the store.
    """
    kept = _Kept(store, work, items)
    found: dict[str, Result | Failure] = dict(kept.read(tell))
    todo = {name: item for name, item in items.items() if name not in found}
    progress = _Progress(tell, len(todo))
    with closing(_finished(work, todo, executor)) as stream:
        for name, result in stream:
            found[name] = result
            kept.write(name, result)
            progress.done(isinstance(result, Failure))
    lost = [name for name in items if isinstance(found[name], _Lost)]
    if lost:
        raise WorkerLost(tuple(lost), TRIES)
    return Outcome(
        {name: one for name in items if not isinstance(one := found[name], Failure)},
        {name: one for name in items if isinstance(one := found[name], Failure)},
    )


@dataclass(frozen=True)
class _Lost(Failure):
    """An item that lost its worker each time."""


class _Progress:
    """Tells how many items are done and how long the rest may take."""

    def __init__(self, tell: Tell, count: int) -> None:
        self._tell, self._count, self._done, self._failed = tell, count, 0, 0
        self._started = time.perf_counter()

    def done(self, failed: bool) -> None:
        self._done, self._failed = self._done + 1, self._failed + failed
        now = time.perf_counter()
        failures = f", {self._failed} failed" if self._failed else ""
        if self._done == 1:
            # The first item waited for its worker to start: what it took says little of the rest.
            self._started, left = now, ""
        else:
            left = f", about {(now - self._started) / (self._done - 1) * (self._count - self._done):.0f} s to go"
        self._tell(f"{self._done} of {self._count} done{failures}{left}")


# --- running ----------------------------------------------------------------------------------------------------------


def _finished(
    work: Callable[[Item], Result], todo: Mapping[str, Item], executor: Executor | int | None
) -> Generator[tuple[str, Result | Failure], None, None]:
    """Yield names and results as they come."""
    if not isinstance(executor, Executor):
        yield from _in_processes(work, todo, executor or os.cpu_count() or 1)
        return
    running = {executor.submit(_attempt, work, item): name for name, item in todo.items()}
    waiting = set(running)
    try:
        while waiting:
            done, waiting = wait(waiting, timeout=HEARTBEAT, return_when=FIRST_COMPLETED)
            yield from ((running[one], _result(one)) for one in done)
    except BrokenExecutor as error:
        raise TeraplanError(f"the executor lost its workers ({error}); make another one and run again") from error
    finally:
        for one in waiting:
            one.cancel()


def _in_processes(
    work: Callable[[Item], Result], todo: Mapping[str, Item], workers: int
) -> Iterator[tuple[str, Result | Failure]]:
    """Yield names and results from local processes.

    A pool that lost a worker is replaced; what ran in it is tried again, one item at a time, so that the one that ends
    its worker is found.
    """
    try:
        pickle.dumps(work)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise TeraplanError(
            f"the work cannot be sent to other processes, make it a function of a module: {error}"
        ) from error
    waiting, suspects, strikes = deque(todo), deque[str](), Counter[str]()
    while waiting or suspects:
        lost: list[str] = []
        with _pool(1 if suspects else min(workers, len(waiting))) as (pool, width):
            queue = suspects or waiting
            running: dict[Future[Result | Failure], str] = {}
            while (queue or running) and not lost:
                lost += _filled(pool, running, queue, (work, todo), width)
                done, _ = wait(running, timeout=HEARTBEAT, return_when=FIRST_COMPLETED)
                for one in done:
                    name = running.pop(one)
                    try:
                        yield name, _result(one)
                    except BrokenExecutor:
                        lost.append(name)
        for name in [*lost, *running.values()]:
            strikes[name] += 1
            if strikes[name] >= TRIES:
                yield name, _Lost(f"its worker was lost {TRIES} times", WorkerLost.__name__)
            else:
                suspects.append(name)


def _filled(
    pool: Executor,
    running: dict[Future[Any], str],
    queue: deque[str],
    given: tuple[Callable[[Item], Result], Mapping[str, Item]],
    width: int,
) -> list[str]:
    """Submit as many items as there are workers, no more; return the one that a broken pool did not take."""
    work, todo = given
    while queue and len(running) < width:
        name = queue.popleft()
        try:
            with _started_with():
                running[pool.submit(_attempt, work, todo[name])] = name
        except BrokenExecutor:
            return [name]
    return []


def _attempt(work: Callable[[Item], Result], item: Item) -> Result | Failure:
    """Do the work; what it raises comes back as text, for not every exception can be sent to another process."""
    try:
        return work(item)
    except Exception as error:
        code = error.exit_code if isinstance(error, TeraplanError) else None
        return Failure(str(error), type(error).__name__, code)


def _result(one: Future[Any]) -> Any:
    """What came back: a result, a failure, or an error of sending either of them."""
    try:
        return one.result()
    except BrokenExecutor:
        raise
    except Exception as error:
        return Failure(str(error), type(error).__name__)


@contextmanager
def _pool(workers: int) -> Iterator[tuple[ProcessPoolExecutor, int]]:
    """Yield a pool of processes and how many they are; an interrupt, or a break of the pool, ends them at once."""
    before = multiprocessing.active_children()
    with _started_with():
        pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=_worker)
    whole = False
    try:
        yield pool, workers
        whole = True
    finally:
        if not whole:
            for child in multiprocessing.active_children():
                if child not in before:
                    child.terminate()
        pool.shutdown(wait=whole, cancel_futures=True)


def _worker() -> None:
    """A worker leaves interrupts to the process that it works for, and ends with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextmanager
def _started_with() -> Iterator[None]:
    """Let processes that are started in this block have these variables; they read them when they load libraries."""
    before = {name: os.environ.get(name) for name in (*ONE_THREAD, WARNINGS)}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    # After an interrupt the tracker of shared locks would warn of those that it clears away itself.
    os.environ.setdefault(WARNINGS, "ignore::UserWarning:multiprocessing.resource_tracker")
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


# --- keeping ----------------------------------------------------------------------------------------------------------


class _Kept(Generic[Item, Result]):
    """The files of a store: NAME-FINGERPRINT.parquet for a result, .json for a failure; none without a store."""

    def __init__(self, store: Store | None, work: Callable[[Item], Result], items: Mapping[str, Item]) -> None:
        self._places: dict[str, Path] = {}
        if store is None:
            return
        store.folder.mkdir(parents=True, exist_ok=True)
        for left in store.folder.glob(".tmp-*"):
            left.unlink(missing_ok=True)
        asked = f"{store.question}\n{_named(work)}"
        self._places = {
            name: store.folder / f"{_short(name)}-{_hash(asked, _plain(item))}" for name, item in items.items()
        }

    def read(self, tell: Tell) -> Iterator[tuple[str, Any]]:
        """Yield the results, and the failures that are answers, that are stored for these items."""
        others = 0
        for name, place in self._places.items():
            result, failure = (place.with_name(f"{place.name}.{ending}") for ending in ("parquet", "json"))
            if result.exists():
                yield name, pl.read_parquet(result)
            elif failure.exists():
                said = Failure(**json.loads(failure.read_text("utf-8")))
                if said.answer:
                    yield name, said
            else:
                others += any(True for _ in place.parent.glob(f"{_short(name)}-*"))
        if others:
            tell(f"{others} stored results answer another question: they are made again")

    def write(self, name: str, result: Result | Failure) -> None:
        """Write a result, or a failure, in place of what another question had: the file is whole or not there."""
        if not self._places or isinstance(result, _Lost):
            return
        place = self._places[name]
        draft = place.with_name(f".tmp-{os.getpid()}-{secrets.token_hex(4)}")
        if isinstance(result, Failure):
            draft.write_text(json.dumps(asdict(result)), "utf-8")
        elif isinstance(result, pl.DataFrame):
            result.write_parquet(draft)
        else:
            raise TypeError(f"a store keeps polars frames, and the work made {type(result).__name__} of {name!r}")
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        whole = place.with_name(f"{place.name}.{'json' if isinstance(result, Failure) else 'parquet'}")
        draft.replace(whole)
        for old in place.parent.glob(f"{_short(name)}-*"):
            if old != whole:
                old.unlink(missing_ok=True)


def _short(name: str) -> str:
    """A name as part of the name of a file: readable, and different for different names."""
    return f"{re.sub(r'[^A-Za-z0-9_.]', '_', name).lstrip('.')[:60]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _hash(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _named(work: Callable[..., Any]) -> str:
    """Which function the work is, and what it was given beforehand."""
    if isinstance(work, partial):
        return json.dumps([_named(work.func), _plain(work.args), _plain(work.keywords)])
    named = hasattr(work, "__qualname__")
    return f"{work.__module__}.{work.__qualname__}" if named else json.dumps(_plain(work))


def _plain(value: object) -> object:
    """What JSON can hold of a value: equal for equal values, other for others; the hash of its pickle at the last."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        told = [one.name for one in fields(value) if one.compare]
        return [type(value).__qualname__, [[name, _plain(getattr(value, name))] for name in told]]
    if isinstance(value, Mapping):
        return [[_plain(key), _plain(one)] for key, one in value.items()]
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return hashlib.sha256(pickle.dumps(value)).hexdigest()
