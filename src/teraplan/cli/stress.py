"""The command that stresses a stored plan."""

import json
from pathlib import Path
from typing import Annotated

import typer

from teraplan.case.read import find_case
from teraplan.cli.guard import guarded, telling
from teraplan.cli.options import Json, Name, Runs
from teraplan.cli.runs import find_run, stored_case
from teraplan.cli.show_stress import stress_data, stressed
from teraplan.convert.coarsen import read_rule
from teraplan.errors import CaseError, Fault
from teraplan.executor import Store
from teraplan.results.store import save
from teraplan.uncertainty.ensemble import Means
from teraplan.uncertainty.stress.nodes import KINDS
from teraplan.uncertainty.stress.screen import screened
from teraplan.uncertainty.stress.stress import Stress
from teraplan.uncertainty.stress.stress import stress as stress_of

STRESS = "stress"


@guarded
def stress(
    run: Annotated[str, typer.Argument(help="A stored plan: a folder, or a name below the runs folder.")],
    start: Annotated[
        float | None, typer.Option(help="When shocks begin, a decimal year; none: the next period.")
    ] = None,
    months: Annotated[str, typer.Option(help="How long outages last, months with commas between.")] = "3,12,24",
    depth: Annotated[float, typer.Option(help="Share of what a node can do that is lost.")] = 1.0,
    recovery: Annotated[float, typer.Option(help="Months of the way back, in a straight line.")] = 0.0,
    reaction: Annotated[float, typer.Option(help="Months until new orders: the first period after that.")] = 6.0,
    kinds: Annotated[list[str], typer.Option("--kind", help=f"{', '.join(KINDS)}. Repeatable.")] = [],  # noqa: B006
    nodes: Annotated[list[str], typer.Option("--node", help="Only this node. Repeatable.")] = [],  # noqa: B006
    survive: Annotated[float, typer.Option(help="Longest outage tried for the time to survive, months.")] = 24.0,
    hedges: Annotated[int, typer.Option(min=0, help="Cells whose cheapest hedge is planned again.")] = 5,
    named: Annotated[bool, typer.Option("--shocks/--no-shocks", help="Try the case's own shocks, too.")] = True,
    screen: Annotated[str | None, typer.Option(help="Stored plan of a coarser case, to find the worst nodes.")] = None,
    worst: Annotated[int, typer.Option(min=1, help="With --screen: cells of the coarse case to go on with.")] = 100,
    case: Annotated[str | None, typer.Option(help="Folder of the case that the run was made from.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that plan at the same time.")] = 2,
    name: Name = None,
    out: Runs = Path("runs"),
    as_json: Json = False,
) -> None:
    """Lose each node of a plan for a while: what it costs, how long one can do without, the cheapest hedge.

    Cells that are done are kept beside the result, so a run that is stopped goes on where it was.

    Example: teraplan stress runs/starter-trend --start 2027 --months 3,12
    """
    asked = Stress(
        start=start, months=_months(months), depth=depth, recovery=recovery, reaction=reaction,
        kinds=tuple(kinds) or KINDS, named=named, survive=survive, hedged=hedges, nodes=tuple(nodes),
    )  # fmt: skip
    with telling() as tell:
        plan, results = stored_case(find_run(run, out), case, out, tell)
        folder = out / (name or f"{results.run.get('name', run)}-{STRESS}")
        means = Means(executor=workers, store=Store(out / ".stress" / folder.name), tell=tell)
        if screen is None:
            found = stress_of(results, plan, asked, means)
        else:
            coarse, coarse_results = stored_case(find_run(screen, out), None, out, tell)
            rule = read_rule(find_case(str(coarse_results.run["case"])))
            members = {name: merged.members for name, merged in rule.regions.items()}
            found = screened((results, plan), (coarse_results, coarse), members, asked, means, worst)
        save(found, folder)
    typer.echo(json.dumps(stress_data(found), default=str) if as_json else f"{stressed(found)}\nStored in {folder}")


def _months(text: str) -> tuple[float, ...]:
    """The durations that an option names."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        fault = Fault(
            f"--months {text!r}", "is no list of numbers", "write months with commas between, such as 3,12,24"
        )
        raise CaseError("stress", (fault,)) from None
