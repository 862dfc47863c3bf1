"""teraplan alternatives: what every plan must have that costs hardly more than the cheapest."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Literal

import typer

from teraplan.cli import show_alternatives as show
from teraplan.cli.guard import guarded, telling
from teraplan.cli.options import CaseName, Edits, Json, Keep, Name, Runs, Scenario, Sets, Shocks, Workers
from teraplan.cli.runs import folder_of, foreseeing, known_plans, name_of, request_of
from teraplan.plan import on_top_of
from teraplan.results.store import save
from teraplan.scenario import plan_needs, stand_of
from teraplan.uncertainty.alternatives import BY, Cloud, groups_of, parse_group
from teraplan.uncertainty.alternatives import alternatives as alternatives_of
from teraplan.uncertainty.ensemble import Means

KIND = "alternatives"


@guarded
def alternatives(
    case: CaseName,
    slack: Annotated[
        list[float], typer.Option(min=0, max=1, help="Share of the optimum: 0.02 for 2 %. Repeatable.")
    ] = [0.02],  # noqa: B006
    group: Annotated[
        list[str], typer.Option(help="'NAME: stage=power,region=USA*,period=2026..2030'. Repeatable; none: --by.")
    ] = [],  # noqa: B006
    by: Annotated[list[str], typer.Option(help=f"Groups of orders by {', '.join(BY)}. Repeatable; none: all.")] = [],  # noqa: B006
    period: Annotated[str | None, typer.Option(help="Years whose orders count: 2026..2030; none: all shown.")] = None,
    random: Annotated[int, typer.Option(min=0, help="Further plans in so many random directions.")] = 0,
    hops: Annotated[int, typer.Option(min=0, help="Further plans that avoid what those before them use.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random directions.")] = 0,
    hold: Annotated[bool, typer.Option("--hold-blocks", help="Hold whole blocks as in the optimum.")] = False,
    scenario: Scenario = None,
    sets: Sets = [],  # noqa: B006
    edits: Edits = [],  # noqa: B006
    shocks: Shocks = [],  # noqa: B006
    keep: Keep = [],  # noqa: B006
    processes: Workers = 2,
    name: Name = None,
    out: Runs = Path("runs"),
    as_json: Json = False,
) -> None:
    """Say what every plan must have, may have and must not have that costs hardly more than the cheapest.

    Example: teraplan alternatives world-coarse --slack 0.02 --slack 0.05
    """
    named = [parse_group(text) for text in group]
    request = foreseeing(request_of(case, scenario, sets, edits, keep), shocks)
    whole: Literal["held", "relaxed"] = "held" if hold else "relaxed"
    with telling() as tell:
        stand = stand_of(request)
        made = plan_needs(request, known_plans(request, stand, out, keep), tell=tell)
        asked = on_top_of(stand.case, stand.scenario, made)
        groups = named if named and not by else [*named, *groups_of(asked, by or tuple(BY), period)]
        cloud = Cloud(random, hops, seed) if random or hops else None
        means = Means(processes if processes > 1 else ThreadPoolExecutor(1), tell=tell)
        found = alternatives_of(asked, slack, groups, cloud, whole, means)
        usual = name_of(request, f"{KIND}-{stand.name}", own=False)
        folder = folder_of(out, case, usual, name)
        save(found, folder)
    typer.echo(
        json.dumps(show.alternatives_data(found)) if as_json else f"{show.alternatives(found)}\nStored in {folder}"
    )
