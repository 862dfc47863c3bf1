"""teraplan hedge: one plan for all futures of a tree, beside plans that were made for one of them."""

import json
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import typer

from teraplan.cli import show_hedge as show
from teraplan.cli.guard import guarded, telling
from teraplan.cli.options import CaseName, Edits, Json, Name, Runs, Sets, TimeLimit, Workers
from teraplan.cli.runs import folder_of, name_of, request_of
from teraplan.plan import read_case
from teraplan.results.store import save
from teraplan.uncertainty.stages.risk import Risk
from teraplan.uncertainty.trees.fresh import Fresh
from teraplan.uncertainty.trees.hedge import futures_of, hedge_and_plans
from teraplan.uncertainty.trees.recourse import Method, Ways
from teraplan.uncertainty.trees.tree import tree_of_case, tree_of_file

KIND = "hedge"


@guarded
def hedge(
    case: CaseName,
    tree: Annotated[
        Path | None, typer.Option(help="A TOML file of [[node]] tables, in place of the case's tree.csv.")
    ] = None,
    weight: Annotated[float, typer.Option(min=0, max=1, help="Weight of the worst share of the futures.")] = 0.0,
    share: Annotated[float, typer.Option(min=0, max=1, help="That share; towards 0 the worst future alone.")] = 0.1,
    method: Annotated[Method, typer.Option(help="auto, extensive or decomposition.")] = "auto",
    tolerance: Annotated[float, typer.Option(help="Relative gap at which the decomposition ends.")] = 1e-4,
    fresh: Annotated[int, typer.Option(min=0, help="Further futures to test the hedge on.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of these futures.")] = 0,
    sets: Sets = [],  # noqa: B006
    edits: Edits = [],  # noqa: B006
    workers: Workers = 1,
    time_limit: TimeLimit = None,
    name: Name = None,
    out: Runs = Path("runs"),
    as_json: Json = False,
) -> None:
    """Plan for all futures of a tree at once: what to order now, what to leave until more is known, what that is worth.

    Each future's path is stored as a plan beside it. RP: cost of the plan for all futures; EEV: of the orders for their
    mean; WS: with each known from the start; VSS = EEV - RP; EVPI = RP - WS.

    Example: teraplan hedge world-coarse --weight 0.5 --share 0.1
    """
    request = request_of(case, None, sets, edits, [])
    pool = ProcessPoolExecutor(workers, get_context("spawn")) if workers > 1 else None
    with telling() as tell, pool or nullcontext():
        tell("reading")
        base = read_case(case, None, request.edits)
        given = tree_of_file(tree, base.tables, case) if tree is not None else tree_of_case(base.tables, case)
        ways = Ways(Risk(weight, share), method, tolerance, pool, time_limit)
        found, plans = hedge_and_plans(futures_of(base, given, tell), ways, Fresh(fresh, seed), tell)
        usual = KIND if tree is None else f"{KIND}-{tree.stem}"
        folder, *paths = (
            folder_of(out, case, name_of(request, f"{usual}{end}", own=False), name and f"{name}{end}")
            for end in ("", *(f"-{leaf}" for leaf in plans))
        )
        for plan, path in zip(plans.values(), paths, strict=True):
            save(plan, path)
        save(found, folder)
    typer.echo(json.dumps(show.hedge_data(found)) if as_json else f"{show.hedge(found)}\nStored in {folder}")
