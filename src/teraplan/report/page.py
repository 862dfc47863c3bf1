"""The page: sections -> one HTML file that opens without a network, written whole or not at all."""

import os
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import jinja2
from plotly.offline import get_plotlyjs

from teraplan.errors import StoreError
from teraplan.report import evidence, record, sections
from teraplan.report.alternatives import alternatives
from teraplan.report.answers import answers
from teraplan.report.frontier import frontier
from teraplan.report.hedge import hedge
from teraplan.report.parts import Picture, Section
from teraplan.report.regret import regret
from teraplan.report.sample import sample
from teraplan.report.stress import stress
from teraplan.report.words import Names, amount, names_of, number, percent, run_names, short, unit_words
from teraplan.results.results import Results
from teraplan.results.store import alive

STUDIES: Mapping[str, Callable[[Results | None, Names], Section]] = {
    "frontier": frontier,
    "stress": stress,
    "alternatives": alternatives,
    "regret": regret,
    "sample": sample,
    "hedge": hedge,
}
"""Section about each kind of study, in the order of the page; without a study it is empty."""
NO_GAP = 1e-9
"""A relative gap below this is rounding."""
NOTE = 90
"""Longest reason of an assumption beside an answer [letter]."""
HERE = Path(__file__).parent
METHODS = {
    "ipx": "interior point",
    "ipm": "interior point",
    "simplex": "simplex",
    "choose": "method chosen by the solver",
}


def write_report(path: Path | str, runs: Sequence[Results], studies: Sequence[Results] = ()) -> Path:
    """Write one self-contained HTML file about plans and return its path.

    runs: the first is the baseline, the others are compared with it; all of one case. studies: what was asked of many
    plans at once, such as a frontier; of each kind the first is told.
    The file is written under another name beside it and renamed, so that a reader never meets half of it. Raises
    StoreError where the plans are of different cases, or the file cannot be written.
    """
    path = Path(path)
    if path.is_dir():
        raise StoreError(f"{path} is a folder, a report is one file: name the file, such as {path / 'report.html'}")
    text = page_of(runs, studies)
    try:
        _write(path, text)
    except OSError as error:
        what = f"{path} cannot be written ({error.strerror or error})"
        raise StoreError(f"{what}: name a file in a folder that you may write to") from error
    return path


def _write(path: Path, text: str) -> None:
    """Write a text under another name, then give it its own; clear what killed writers of this file left behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    left = re.compile(rf"\.{re.escape(path.name)}\.(\d+)\..*\.part")
    for other in path.parent.iterdir():
        found = left.fullmatch(other.name)
        if found is not None and not alive(int(found[1])):
            other.unlink(missing_ok=True)
    handle, beside = tempfile.mkstemp(prefix=f".{path.name}.{os.getpid()}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(beside, 0o644)
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def page_of(runs: Sequence[Results], studies: Sequence[Results] = ()) -> str:
    """Return the page about plans as HTML; what they have nothing for is left out.

    Raises ValueError without plans, StoreError where they, or the studies, are of different cases.
    """
    if not runs:
        raise ValueError("a report needs at least one plan")
    _of_one_case([*runs, *studies])
    kinds = {str(study.run["kind"]): study for study in reversed(studies)}
    named = dict(zip(run_names(runs), runs, strict=True))
    baseline = runs[0]
    told = [
        sections.built(named),
        sections.money(named),
        sections.bottlenecks(named),
        sections.who(named),
        *(section(kinds.get(kind), names_of(baseline)) for kind, section in STUDIES.items()),
        record.against_record(baseline),
        record.assumptions(baseline),
    ]
    shown = [section for section in told if section.parts]
    pictures = {f"figure-{at}": picture for at, picture in enumerate(_pictures(shown), start=1)}
    return _template().render(
        title=str(baseline.run.get("title") or baseline.run.get("case")),
        run=baseline.run,
        planned=_planned(named),
        status=[(name, _status(results), _edited(results)) for name, results in named.items()],
        answers=answers(named, kinds.get("frontier")),
        weightiest=[(what, percent(share), short(note, NOTE)) for what, share, note in evidence.weightiest(baseline)],
        grades=evidence.GRADES,
        sections=shown,
        sources=evidence.sources(baseline).to_dicts(),
        places={id(picture): place for place, picture in pictures.items()},
        figures=_figures(pictures),
        discount=_discount(baseline),
        money=unit_words(str(baseline.run["money_unit"])),
        style=_own("style.css"),
        script=_own("page.js"),
        plotly=get_plotlyjs(),
    )


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.tests["web"] = lambda address: str(address).startswith(("https://", "http://"))
    environment.globals["key_of"] = id
    return environment.get_template("page.html.j2")


def _own(name: str) -> str:
    """A file of ours that goes into the page as it is."""
    return (HERE / name).read_text(encoding="utf-8")


def _pictures(shown: Sequence[Section]) -> list[Picture]:
    return [part for section in shown for part in section.parts if isinstance(part, Picture)]


def _figures(pictures: Mapping[str, Picture]) -> str:
    """The drawings as JSON inside a script element: no `<` is left that could end it."""
    parts = [f'"{place}":{picture.drawing.to_json()}' for place, picture in pictures.items()]
    return ("{" + ",\n".join(parts) + "}").replace("<", "\\u003c")


def _of_one_case(found: Sequence[Results]) -> None:
    cases = {
        str(results.run.get("case")): str(results.run.get("name") or results.run.get("title")) for results in found
    }
    if len(cases) > 1:
        said = " and ".join(f"{name} (case {case})" for case, name in cases.items())
        raise StoreError(f"{said} are plans of different cases: make one report for each case")


# --- what is said of the plans ----------------------------------------------------------------------------------------


def _planned(runs: Mapping[str, Results]) -> str:
    """What was planned, in a sentence."""
    first, *others = runs
    if not others:
        return f"One plan: {first}."
    return f"{len(runs)} plans: {first}, the baseline, and what changes with {' and with '.join(others)}."


def _edited(results: Results) -> str:
    """The edits of a plan that are not those of a scenario."""
    edits = results.run.get("edits")
    own = [str(edit) for edit in edits if not str(edit).startswith("scenario ")] if isinstance(edits, list) else []
    return "; ".join(own)


def _status(results: Results) -> str:
    """One line on how far a plan can be trusted as a solution of its model."""
    run = results.run
    solver, audit = run.get("solver"), run.get("audit")
    said = [str(run.get("status", "")), f"horizon to {int(float(str(run.get('solved_until', 0))))}"]
    said[1] += f", shown to {_shown_until(results)}"
    if isinstance(solver, Mapping):
        method = METHODS.get(str(solver.get("method")), str(solver.get("method")))
        crossover = " with crossover" if solver.get("crossover") else ""
        said.insert(1, f"{solver.get('name')} {solver.get('version')}, {method}{crossover}")
    gap = run.get("gap")
    if isinstance(gap, int | float):
        said.insert(1, f"gap {number(100 * gap, 2) if gap > NO_GAP else 0} %")
    if isinstance(audit, Mapping):
        gaps = [value for value in audit.values() if isinstance(value, float)]
        largest = f" (largest gap {max(gaps):.0e})" if gaps else ""
        said.append(f"audit passed{largest}" if audit.get("passed") else "AUDIT FAILED")
    size = [run.get(name) for name in ("columns", "rows")]
    if all(isinstance(count, int) for count in size):
        said.append("{:,} columns, {:,} rows".format(*size))
    said.append(f"{run.get('view')} view, {_objective(results)}")
    return "; ".join(said)


def _objective(results: Results) -> str:
    if results.run.get("objective_name") == "most_compute":
        programme = results.run.get("programme")
        unit = str(results.run["money_unit"])
        within = f" within {amount(float(programme['budget']), unit)}" if isinstance(programme, Mapping) else ""
        return f"most of the target{within}, then at least cost"
    return "least cost"


def _shown_until(results: Results) -> int:
    return int(float(results.frame("periods").filter("shown")["end"].max()) - 1e-9)  # type: ignore[arg-type]


def _discount(results: Results) -> str:
    """The yearly discount rate that the factors of two neighbouring years imply; empty where there are no two."""
    years = results.frame("periods").filter((results.frame("periods")["years"] - 1.0).abs() < 1e-9).sort("start")
    if years.height < 2 or "running_factor" not in years.columns or years["start"][1] - years["start"][0] > 1.01:
        return ""
    return f"{number(100 * (years['running_factor'][0] / years['running_factor'][1] - 1), 2)} %"
