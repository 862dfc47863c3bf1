"""Between Teraplan's folders and other people's formats: one function a kind, all called alike."""

from collections.abc import Callable, Mapping
from pathlib import Path

from teraplan.case.package import write_package
from teraplan.case.read import find_case
from teraplan.cli.guard import telling
from teraplan.cli.runs import FRONTIER, find_run, known_plans, stored_case
from teraplan.cli.whole import whole
from teraplan.convert.osemosys import convert_osemosys
from teraplan.errors import CaseError, Fault, did_you_mean
from teraplan.model.build import build_problem
from teraplan.model.problem import Problem
from teraplan.mps import write_mps
from teraplan.plan import Tell, on_top_of, reaching
from teraplan.results.export import write_iamc, write_netcdf
from teraplan.results.results import Results
from teraplan.results.store import RECORD
from teraplan.scenario import Request, plan_needs, stand_of

TOLD = 10
"""How many things that a conversion leaves out are listed."""
SIZES = ("rows", "columns", "nonzeros")


def convert_mps(source: Path, destination: Path) -> tuple[str, ...]:
    """Write the linear program of a case, or of a stored run, as free MPS; return what it is.

    Of a case it is the program of its default scenario. Of a run it is the one whose least objective the run holds:
    under most_compute its second step. The case that a run was made from must be here, unchanged.
    """
    with telling() as tell:
        run = _run_at(source)
        problem = _of_case(source, tell) if run is None else _of_run(run, tell)
        tell("writing")
        write_mps(problem, destination)
    rows, columns = problem.program.matrix.shape
    return (f"the linear program, {rows:,} rows and {columns:,} columns",)


def convert_netcdf(source: Path, destination: Path) -> tuple[str, ...]:
    """Write every table of a stored run into one netCDF file; return what it is."""
    results = find_run(str(source))
    write_netcdf(results, destination)
    return (f"{len(results.frames)} tables",)


def convert_iamc(source: Path, destination: Path) -> tuple[str, ...]:
    """Write the main figures of a stored run as a wide table of the IAMC; return what it is."""
    write_iamc(_plan(source), destination)
    return ("the main figures by calendar year",)


def convert_from_osemosys(source: Path, destination: Path) -> tuple[str, ...]:
    """Turn a folder of OSeMOSYS's parameters into a case with the same optimum; return what it is and what is left out.

    `source` is a folder that otoole wrote: a CSV file a parameter, with or without config.yaml.
    """
    made = convert_osemosys(source, destination)
    write_package(destination)
    tables = sum(1 for count in made.rows.values() if count)
    left_out = [f"left out: {reason}" for reason in made.left_out[:TOLD]]
    more = [f"left out: {len(made.left_out) - TOLD} more of the same"] if len(made.left_out) > TOLD else []
    return (f"a case, {tables} tables, {sum(made.rows.values()):,} rows", *left_out, *more)


KINDS: Mapping[str, Callable[[Path, Path], tuple[str, ...]]] = {
    "osemosys": convert_from_osemosys,
    "mps": convert_mps,
    "netcdf": convert_netcdf,
    "iamc": convert_iamc,
}
"""What `teraplan convert KIND SOURCE DEST` can do; each writes to a path where nothing stands yet and returns what
it made in words, then what is to be known of it."""


def convert(kind: str, source: Path, destination: Path, *, force: bool) -> tuple[str, ...]:
    """Convert, whole or not at all, and return what was made in words; CaseError for a kind that there is not."""
    if kind not in KINDS:
        fault = Fault(f"KIND {kind!r}", "is nothing that Teraplan converts", did_you_mean(kind, KINDS))
        raise CaseError("convert", (fault,))
    with whole(destination, force=force) as making:
        return KINDS[kind](source, making)


def _plan(source: Path) -> Results:
    """The stored plan that a path means; a frontier holds many plans and is none."""
    found = find_run(str(source))
    if found.run.get("kind") == FRONTIER:
        fault = Fault(str(source), "is a frontier: many plans", "name the stored run of one plan")
        raise CaseError("convert", (fault,))
    return found


def _run_at(source: Path) -> Path | None:
    """The folder of the run that a path means; None where it means a case, as a name does that both have."""
    if (source / RECORD).is_file():
        return source
    named = Path("runs") / source
    try:
        find_case(source)
    except CaseError:
        if (named / RECORD).is_file():
            return named
        raise
    return None


def _of_run(source: Path, tell: Tell) -> Problem:
    """The program of a stored run, stated again; CaseError where it would be another one."""
    case, results = stored_case(_plan(source), None, source.resolve().parent, tell)
    tell("stating the problem")
    problem, run = build_problem(case), results.run
    first = run.get("most_compute")
    if isinstance(first, Mapping):
        problem = reaching(problem, float(first["value"]))
    shape = (*problem.program.matrix.shape, int(problem.program.matrix.nnz))
    if shape != tuple(run[size] for size in SIZES):
        what = "was planned by another program: its numbers of rows, columns and non-zeros differ"
        fix = "convert the case itself: teraplan convert mps CASE DEST"
        raise CaseError("convert", (Fault(str(source), what, fix),))
    return problem


def _of_case(source: Path, tell: Tell) -> Problem:
    request = Request(str(source))
    stand = stand_of(request)
    made = plan_needs(request, known_plans(request, stand, Path("runs")), tell=tell)
    tell("stating the problem")
    return build_problem(on_top_of(stand.case, stand.scenario, made))
