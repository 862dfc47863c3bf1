"""The repository keeps the rules of the house; and the rules, given small bad texts, do complain."""

import re
from pathlib import Path

import pytest

from house.rules import (
    BODY,
    FENCES,
    LINES,
    MAY_IMPORT,
    TEXT,
    files,
    import_faults,
    module_of,
    part_of,
    size_faults,
    text_faults,
)

ROOT = Path(__file__).resolve().parents[2]
FILES = files(ROOT)
MODULES = [path for path in FILES if path.suffix == ".py" and ROOT / "src" in path.parents]


def test_the_walk_finds_the_repository() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in FILES}
    assert {"pyproject.toml", "Makefile", ".ci/run", "src/teraplan/__init__.py", "tests/house/test_house.py"} <= names
    assert len(MODULES) > 15
    assert not any(name.startswith((".git/", ".venv/", "runs/")) for name in names)


def test_parts_import_only_what_lies_below_them() -> None:
    faults = [fault for path in MODULES for fault in import_faults(path.read_text(), module_of(path))]
    assert not faults, "\n".join(faults)


def test_files_and_functions_stay_small() -> None:
    faults = [fault for path in MODULES for fault in size_faults(path.read_text(), path.relative_to(ROOT).as_posix())]
    assert not faults, "\n".join(faults)


def test_no_file_names_a_machine_an_index_or_unfinished_work() -> None:
    texts = [path for path in FILES if path.suffix in TEXT and Path(__file__).parent not in path.parents]
    assert len(texts) > 30
    faults = [fault for path in texts for fault in text_faults(path.read_text("utf-8"), str(path.relative_to(ROOT)))]
    assert not faults, "\n".join(faults)


def test_what_is_slow_to_load_is_loaded_where_it_is_needed() -> None:
    """scipy.stats takes a fifth of the time and 23 MB of an import of everything else, scipy.optimize 13 MB."""
    slow = r"(?:stats|optimize)\b"
    at_the_top = re.compile(rf"^(?:from scipy\.{slow}|from scipy import .*\b{slow}|import scipy\.{slow})", re.MULTILINE)
    assert not [path.name for path in MODULES if at_the_top.search(path.read_text())]


def test_every_package_in_a_fence_has_a_part_to_live_in() -> None:
    assert all(parts <= MAY_IMPORT.keys() for parts in FENCES.values())


@pytest.mark.parametrize(
    ("path", "module", "part"),
    [
        ("src/teraplan/__init__.py", "teraplan.__init__", "__init__"),
        ("src/teraplan/case/__init__.py", "teraplan.case", "case"),
        ("src/teraplan/case/read.py", "teraplan.case.read", "case"),
        ("src/teraplan/solver.py", "teraplan.solver", "solver"),
        ("teraplan/src/teraplan/solver.py", "teraplan.solver", "solver"),
        ("src/teraplan/results/verify.py", "teraplan.results.verify", "results.verify"),
    ],
)
def test_a_file_belongs_to_one_part(path: str, module: str, part: str) -> None:
    assert module_of(Path(path)) == module
    assert part_of(module) == part


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("teraplan.case.read", "from teraplan.model.build import build_problem"),
        ("teraplan.case.read", "def f():\n    import teraplan.model.build"),
        ("teraplan.case.read", "from ..model import build"),
        ("teraplan.case.read", "from teraplan import plan"),
        ("teraplan.model.build", "from teraplan.solver import solve"),
        ("teraplan.results.derive", "from teraplan.model.equations import EQUATIONS"),
        ("teraplan.results.verify", "from teraplan.solver import solve"),
        ("teraplan.finance.debt", "from teraplan.partnership.game import coalitions"),
        ("teraplan.report.page", "from teraplan.cli.app import main"),
        ("teraplan.helpers", "from teraplan.errors import TeraplanError"),
        ("teraplan.model.build", "import highspy"),
        ("teraplan.model.build", "from pint import Unit"),
        ("teraplan.results.derive", "import pandas as pd"),
        ("teraplan.report.page", "from rich.table import Table"),
    ],
)
def test_a_forbidden_import_is_found(module: str, source: str) -> None:
    assert len(import_faults(source, module)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        (
            "teraplan.model.build",
            "import polars as pl\nfrom teraplan.case.case import Case\nfrom .equations import EQUATIONS",
        ),
        (
            "teraplan.results.derive",
            "from teraplan.model.variables import VARIABLES\nfrom teraplan.units import factor",
        ),
        ("teraplan.solver", "import highspy\nfrom teraplan.model.problem import Problem"),
        ("teraplan.cli.app", "import typer\nfrom teraplan.report.page import page"),
        ("teraplan.results.store", "import json\nfrom teraplan import __version__"),
    ],
)
def test_an_allowed_import_is_let_through(module: str, source: str) -> None:
    assert import_faults(source, module) == []


def test_what_is_too_long_or_too_wide_is_found() -> None:
    long_body = "def f():\n" + "    a = 1\n" * (BODY + 1)
    wide = "class A:\n    def f(self, a, b, c, d, *, e, f, g):\n        pass"
    assert "body of 46 lines" in size_faults(long_body, "a.py")[0]
    assert "7 parameters" in size_faults(wide, "a.py")[0]
    assert "421 lines" in size_faults("a = 1\n" * (LINES + 1), "a.py")[0]


def test_docstrings_self_and_commands_do_not_count() -> None:
    told = 'def f():\n    """Return.\n' + "\n" * BODY + '    """\n    return 1'
    assert size_faults(told, "a.py") == []
    assert size_faults("class A:\n    def f(self, a, b, c, d, e, f):\n        pass", "a.py") == []
    assert size_faults("def run(a, b, c, d, e, f, g):\n    pass", "src/teraplan/cli/app.py") == []
    assert size_faults("a = 1\n" * 600, "src/teraplan/model/equations.py") == []


@pytest.mark.parametrize(
    "text",
    [
        "see /work/shared/x.csv",
        "a,b,/tmp/file",
        'open("/root/x")',
        "file:///home/me",
        "pip install --index-url x",
        "https://pypi.org/simple",
        "# TODO later",
    ],
)
def test_a_forbidden_text_is_found(text: str) -> None:
    assert len(text_faults(f"first line\n{text}", "a.md")) == 1


def test_addresses_that_only_look_like_paths_are_let_through() -> None:
    assert text_faults("https://example.org/home/page and ./work/a and $(HOME)/tmp/a", "a.md") == []
