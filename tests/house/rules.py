"""The rules of the house, as functions from text to complaints; test_house.py holds the repository to them."""

import ast
import re
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

BELOW_PLAN = {"case", "model", "highs", "solver", "solver_live", "solver_cuts", "mps", "results", "errors", "units"}
PLANS = {"shocks", "plan", "scenario", "frontier", "planner"}
BELOW_MARKET = BELOW_PLAN | PLANS | {"industry", "executor", "floats", "quadratic"}
MIDDLE = {"uncertainty", "finance", "partnership", "market", "convert"}

VERIFY = (
    "results.verify",
    "results.recompute",
    "results.verify_balance",
    "results.verify_duality",
    "results.verify_limits",
    "results.verify_money",
    "results.verify_norms",
    "results.verify_storage",
    "results.verify_target",
)
"""The modules that check a plan: they see nothing of the model or the solver."""

MAY_IMPORT = {
    "errors": set[str](),
    "units": {"errors"},
    "floats": {"errors"},
    "industry": {"units", "errors"},
    "case": {"errors", "units"},
    "model": {"case", "errors"},
    "highs": {"model"},
    "solver": {"model", "highs", "errors"},
    "solver_live": {"model", "highs", "solver", "errors"},
    "solver_cuts": {"model", "highs", "errors"},
    "mps": {"model", "highs", "errors"},
    "quadratic": {"highs", "errors"},
    "results": {"case", "model.variables", "solver", "errors", "units"},
    **dict.fromkeys(VERIFY, {"case", "errors", "units", "results"}),
    "shocks": {"case", "results", "errors"},
    "plan": BELOW_PLAN,
    "scenario": BELOW_PLAN | {"plan", "shocks"},
    "frontier": BELOW_PLAN | {"plan", "scenario", "executor"},
    "planner": BELOW_PLAN | {"plan"},
    "explain": BELOW_PLAN | {"plan", "scenario", "report.words"},
    "executor": {"errors"},
    "uncertainty": BELOW_MARKET,
    "finance": BELOW_MARKET,
    "partnership": BELOW_MARKET,
    "market": BELOW_MARKET,
    "convert": {"case", "errors", "units"},
    "report": BELOW_MARKET | MIDDLE,
    "cli": BELOW_MARKET | MIDDLE | {"report", "explain", "web"},
    "web": BELOW_MARKET | MIDDLE | {"report", "cli"},
    "__init__": BELOW_MARKET | MIDDLE | {"report", "explain"},
    "__main__": {"cli"},
}
"""Which part of teraplan may import which; a part may always import itself."""

ANYWHERE = {"polars", "numpy", "scipy"}
FENCES = {
    "highspy": {"highs", "solver", "solver_live", "solver_cuts", "mps", "quadratic"},
    "pydantic": {"case"},
    "pint": {"units"},
    "plotly": {"report"},
    "jinja2": {"report"},
    "typer": {"cli"},
    "rich": {"cli"},
    "yaml": {"convert"},
    "xarray": {"results"},
    "distributed": {"cli"},
    "SALib": {"uncertainty"},
}
"""Third-party packages and the parts that may import them."""

LINES, LINES_OF_EQUATIONS, BODY, PARAMETERS = 420, 700, 45, 6

FIXED_SIGNATURES = {"cournot": "published interface: one argument for each feature of the market"}
"""Functions that may take more parameters, and why. Commands of the command line take one for each option."""

FORBIDDEN_TEXT = {
    "path of one machine": re.compile(r"(?<![\w.$)}-])/(?:work|root|home|tmp)/"),
    "address of a package index": re.compile(r"index-url|pypi\.(?:org|python\.org)|pythonhosted\.org", re.IGNORECASE),
    "unfinished work": re.compile(r"\b(?:TODO|FIXME)\b"),
}
TEXT = {
    ".py",
    ".md",
    ".toml",
    ".txt",
    ".csv",
    ".json",
    ".cff",
    ".html",
    ".css",
    ".js",
    ".j2",
    ".yml",
    ".yaml",
    ".mps",
    "",
}


def files(root: Path) -> list[Path]:
    """Return the files of the repository that git would track: all but .git and what .gitignore names."""
    patterns = [".git", *(line.strip("/ ") for line in (root / ".gitignore").read_text().split() if line)]

    def walk(folder: Path) -> Iterator[Path]:
        for path in sorted(folder.iterdir()):
            if any(fnmatch(path.name, pattern) for pattern in patterns):
                continue
            if path.is_dir():
                yield from walk(path)
            else:
                yield path

    return list(walk(root))


def module_of(path: Path) -> str:
    """Return the module name of a file below src, e.g. src/teraplan/case/read.py -> `teraplan.case.read`."""
    parts = path.with_suffix("").parts
    # The last one: a checkout may lie in a folder of that name.
    parts = parts[len(parts) - 1 - parts[::-1].index("teraplan") :]
    return ".".join(parts if len(parts) == 2 or parts[-1] != "__init__" else parts[:-1])


def part_of(module: str) -> str:
    """Return the row of the import table that rules a module, e.g. `teraplan.case.read` -> `case`."""
    inner = module.removeprefix("teraplan.")
    return inner if inner in MAY_IMPORT else inner.split(".")[0]


def imported(source: str, module: str) -> Iterator[tuple[int, str]]:
    """Yield line and full name of every module (or name of a module) that a source imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = module.split(".")[: -node.level]
                base = ".".join([*package, base] if base else package)
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def import_faults(source: str, module: str) -> list[str]:
    """Return what a module of teraplan imports but may not, by both tables."""
    faults = []
    here = part_of(module)
    for line, name in imported(source, module):
        top = name.split(".")[0]
        if top == "teraplan":
            fault = _own_fault(here, name)
        elif top in sys.stdlib_module_names or top in ANYWHERE:
            fault = ""
        elif top not in FENCES:
            fault = f"{top} is not among the packages that teraplan uses"
        else:
            fault = "" if here.split(".")[0] in FENCES[top] else f"{top} belongs in {', '.join(sorted(FENCES[top]))}"
        if fault:
            faults.append(f"{module}:{line}: {fault}")
    return faults


def _own_fault(here: str, name: str) -> str:
    """Return what is wrong with a part importing a name of teraplan; empty if nothing."""
    inner = name.removeprefix("teraplan").lstrip(".")
    there = inner.split(".")[0]
    if here not in MAY_IMPORT:
        return f"{here} has no row in the import table"
    if inner == "__version__":
        return ""
    if there == here or any(inner == allowed or inner.startswith(f"{allowed}.") for allowed in MAY_IMPORT[here]):
        return ""
    return f"{here} may not import {name}"


def size_faults(source: str, name: str) -> list[str]:
    """Return which limits of size a Python file breaks: lines, function bodies, parameters."""
    most = LINES_OF_EQUATIONS if name.endswith("model/equations.py") else LINES
    faults = [f"{name}: {count} lines, at most {most}" for count in [len(source.splitlines())] if count > most]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if (lines := body_lines(node)) > BODY:
                faults.append(f"{name}:{node.lineno}: {node.name} has a body of {lines} lines, at most {BODY}")
            free = node.name in FIXED_SIGNATURES or "/cli/" in name
            if (count := parameters(node)) > PARAMETERS and not free:
                faults.append(f"{name}:{node.lineno}: {node.name} has {count} parameters, at most {PARAMETERS}")
    return faults


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function from its first statement after the docstring to its end."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (node.end_lineno or 0) - body[0].lineno + 1 if body else 0


def parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the number of parameters of a function, without self and cls."""
    arguments = node.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    extra = [star for star in (arguments.vararg, arguments.kwarg) if star is not None]
    return len([a for a in named if a.arg not in {"self", "cls"}]) + len(extra)


def text_faults(text: str, name: str) -> list[str]:
    """Return every line of a text that names a machine's path, a package index, or work left undone."""
    return [
        f"{name}:{number}: {what}: {found.group()}"
        for number, line in enumerate(text.splitlines(), start=1)
        for what, pattern in FORBIDDEN_TEXT.items()
        if (found := pattern.search(line))
    ]
