"""The page: sections -> one HTML file that opens without a network, written whole or not at all."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import jinja2
from plotly.offline import get_plotlyjs

from teraplan.report import evidence, record, sections
from teraplan.report.answers import answers
from teraplan.report.frontier import frontier as frontier_section
from teraplan.report.parts import Picture, Section
from teraplan.report.words import amount, names_of, number, run_names, unit_words
from teraplan.results.results import Results

NO_GAP = 1e-9
"""A relative gap below this is rounding."""
HERE = Path(__file__).parent
METHODS = {
    "ipx": "interior point",
    "ipm": "interior point",
    "simplex": "simplex",
    "choose": "method chosen by the solver",
}


def write_report(path: Path | str, runs: Sequence[Results], frontier: Results | None = None) -> Path:
    """Write one self-contained HTML file about plans and return its path.

    runs: the first is the baseline, the others are compared with it; all of one case. frontier: what budgets buy.
    The file is written under another name beside it and renamed, so that a reader never meets half of it.
    """
    path, text = Path(path), page_of(runs, frontier)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(beside, 0o644)
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    return path


def page_of(runs: Sequence[Results], frontier: Results | None = None) -> str:
    """Return the page about plans as HTML; what they have nothing for is left out. Raises ValueError without plans."""
    if not runs:
        raise ValueError("a report needs at least one plan")
    named = dict(zip(run_names(runs), runs, strict=True))
    baseline = runs[0]
    told = [
        sections.built(named),
        sections.money(named),
        sections.bottlenecks(named),
        sections.who(named),
        frontier_section(frontier, names_of(baseline)),
        record.against_record(baseline),
        record.assumptions(baseline),
    ]
    shown = [section for section in told if section.parts]
    pictures = {f"figure-{at}": picture for at, picture in enumerate(_pictures(shown), start=1)}
    return _template().render(
        title=str(baseline.run.get("title") or baseline.run.get("case")),
        run=baseline.run,
        planned=_planned(named),
        status=[(name, _status(results)) for name, results in named.items()],
        answers=answers(named),
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


# --- what is said of the plans ----------------------------------------------------------------------------------------


def _planned(runs: Mapping[str, Results]) -> str:
    """What was planned, in a sentence."""
    first, *others = runs
    if not others:
        return f"One plan: {first}."
    return f"{len(runs)} plans: {first}, the baseline, and what changes with {' and with '.join(others)}."


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
