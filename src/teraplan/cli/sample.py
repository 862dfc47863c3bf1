"""teraplan sample: many draws of what is not known for sure, each planned."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from teraplan.case.case import Case
from teraplan.cli import show_sample as show
from teraplan.cli.guard import guarded, telling
from teraplan.cli.options import CaseName, Edits, Json, Name, Runs, Scenario, Sets
from teraplan.cli.runs import folder_of, folders_of, keep_plans, known_plans, name_of, request_of
from teraplan.errors import CaseError, Fault
from teraplan.executor import Store
from teraplan.plan import on_top_of
from teraplan.results.store import save
from teraplan.scenario import plan_needs, stand_of
from teraplan.uncertainty.ensemble import Means, packed
from teraplan.uncertainty.samples.candidates import CANDIDATES
from teraplan.uncertainty.samples.draws import METHODS, Design, Method, count_of
from teraplan.uncertainty.samples.sample import sample as sample_of
from teraplan.uncertainty.samples.worth import check_worth, decided_until, with_worth

SAMPLE = "sample"
PATIENCE = 5.0
"""Seconds until an address where nothing answers is given up."""


@guarded
def sample(
    case: CaseName,
    count: Annotated[
        int, typer.Option("-n", min=2, help="Draws; of morris trajectories, of saltelli base points.")
    ] = 1000,
    method: Annotated[str, typer.Option(help=f"One of {', '.join(METHODS)}.")] = "latin",
    seed: Annotated[int, typer.Option(help="From which the same draws come again.")] = 1,
    worth: Annotated[
        int,
        typer.Option(
            min=0,
            help="Also say what knowing each fact before deciding is worth, judged in so many of the draws: "
            f"{CANDIDATES} plans more for each of them. 0: not asked.",
        ),
    ] = 0,
    until: Annotated[
        int | None,
        typer.Option(
            "--decide-until",
            help="With --worth: last year whose orders are decided before facts are known; "
            "none: two years after the case's date.",
        ),
    ] = None,
    scenario: Scenario = None,
    sets: Sets = [],  # noqa: B006
    edits: Edits = [],  # noqa: B006
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes that plan at the same time.")] = 2,
    cluster: Annotated[str | None, typer.Option(help="Address of a Dask scheduler to plan on, HOST:PORT.")] = None,
    name: Name = None,
    out: Runs = Path("runs"),
    as_json: Json = False,
) -> None:
    """Draw the facts of a case within their ranges, plan every draw, and say how far apart the plans are.

    Draws that are done are kept beside the run: the same command again, after an interrupt, does the rest; with
    --worth added, only what that asks for.

    Example: teraplan sample world-coarse -n 1000 --worth 200
    """
    request = request_of(case, scenario, sets, edits, [])
    if until is not None and not worth:
        fault = Fault(f"--decide-until {until}", "says nothing without --worth", "add --worth 200, or take it away")
        raise CaseError(SAMPLE, (fault,))
    design = Design(cast("Method", method), seed)
    draws = count_of(count, design.method)
    if draws != count:
        typer.echo(f"a {method} design has a power of two of draws: {draws} in place of {count}", err=True)
    with telling() as tell, _workers(cluster, workers) as executor:
        tell("reading")
        stand = stand_of(request)
        known = known_plans(request, stand, out)
        made = plan_needs(request, known, tell=tell)
        keep_plans(made, known, folders_of(request, stand, out))
        base = on_top_of(stand.case, stand.scenario, made) if stand.needs else stand.case
        last = decided_until(base) if until is None else until
        if worth:
            check_worth(base, design.method, last, min(worth, draws))
        usual = name_of(request, _name(stand.name, request.scenario, design), own=False)
        folder = folder_of(out, case, usual, name)
        store = Store(folder.parent / f"{folder.name}.draws", _question(base))
        means = Means(executor, store, tell)
        found = sample_of(base, draws, design, means=means)
        if worth:
            found = with_worth(base, found, last, min(worth, draws), means)
        save(found, folder)
    typer.echo(json.dumps(show.sample_data(found)) if as_json else f"{show.sampled(found)}\nStored in {folder}")


def _name(scenario: str, asked: str | None, design: Design) -> str:
    parts = [
        SAMPLE,
        *([scenario] if asked else []),
        design.method,
        *([f"seed{design.seed}"] if design.seed != 1 else []),
    ]
    return "-".join(parts)


def _question(case: Case) -> str:
    """What the draws of a store are answers to, beside their own numbers."""
    return f"teraplan {version('teraplan')}, {packed(replace(case, seconds_read=0.0)).digest}"


@contextmanager
def _workers(cluster: str | None, workers: int) -> Iterator[Executor | int]:
    """Yield the executor of a Dask cluster, or the number of local processes; a dead address is a fault at once."""
    if cluster is None:
        yield workers
        return
    address = cluster.removeprefix("tcp://")
    host, colon, port = address.rpartition(":")
    where = f"--cluster {cluster!r}"
    if not colon or not port.isdigit():
        raise CaseError(SAMPLE, (Fault(where, "is not an address", "write HOST:PORT, such as 127.0.0.1:8786"),))
    try:
        from distributed import Client
    except ImportError:
        fix = "pip install 'teraplan[cluster]'"
        raise CaseError(SAMPLE, (Fault(where, "needs Dask, which is not installed", fix),)) from None
    try:
        socket.create_connection((host, int(port)), timeout=PATIENCE).close()
        client = cast("Any", Client)(f"tcp://{address}", timeout=PATIENCE, set_as_default=False)
    except (OSError, TimeoutError, OverflowError) as error:
        fix = "start a scheduler there (dask scheduler), or take --cluster away"
        raise CaseError(SAMPLE, (Fault(where, f"nobody answers there: {error}", fix),)) from None
    try:
        yield client.get_executor()
    finally:
        client.close(timeout=PATIENCE)
