"""The site is whole: every equation, table, command and name has its place, every link and every file named exists."""

import re
from functools import cache
from pathlib import Path, PurePosixPath

import pytest
import typer
from docs.generate.mathematics import names_in, told_by, typeset
from docs.generate.reference import texts_of_fields
from docs.generate.site import pages, write_pages
from docs.generate.symbols import SYMBOLS

import teraplan
from teraplan.case.case import Case
from teraplan.case.tables import COST_ITEMS, LIMIT_KINDS, STORE_ITEMS, TABLES
from teraplan.cli.app import app
from teraplan.model import carried, quantities
from teraplan.model.equations import EQUATIONS
from teraplan.model.objective import COST_TERMS
from teraplan.model.variables import VARIABLES

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")
PATH = re.compile(r"`((?:src|tests|docs|benchmarks)/[\w./*-]+)`")
CODE = re.compile(r"^( *)```.*?^\1```$", re.DOTALL | re.MULTILINE)


@cache
def site() -> dict[str, str]:
    return pages()


def anchors(page: str) -> set[str]:
    """Anchors of a page: those that headings and spans name, and those that MkDocs makes of headings."""
    text = CODE.sub("", site()[page])
    named = re.findall(r'(?:\{#|id=")([\w-]+)', text)
    made = [re.sub(r"[^\w\s-]", "", title).strip().lower() for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)]
    return {*named, *(re.sub(r"[\s-]+", "-", title) for title in made)}


def test_every_part_of_the_code_has_an_anchor() -> None:
    mathematics = anchors("mathematics.md")
    assert {equation.__name__ for equation in EQUATIONS} <= mathematics
    assert {term.__name__ for term in COST_TERMS} <= mathematics
    assert {f"variable-{variable.name}" for variable in VARIABLES} <= mathematics
    assert {
        "share_in_service",
        "share_paid",
        "share_worn",
        "discount_factor",
        "prices_of",
        "bottlenecks_of",
    } <= mathematics
    assert set(TABLES) <= anchors("data.md")
    assert set(typer.main.get_command(app).commands) <= anchors("commands.md")  # type: ignore[attr-defined]
    assert {name.lower() for name in teraplan.__all__} <= {name.lower() for name in anchors("python.md")}


@pytest.mark.parametrize("equation", EQUATIONS, ids=lambda equation: equation.__name__)
def test_an_equation_is_typeset_with_its_names_and_a_worked_row(equation) -> None:  # type: ignore[no-untyped-def]
    told = told_by(equation)
    text = site()["mathematics.md"].split(f"{{#{equation.__name__}}}")[1].split("\n####")[0]
    assert told.sentence in text
    assert all(typeset(line.strip()) in text for line in told.equation)
    assert all(f"| *{name}* |" in text for name in names_in(told))
    assert (ROOT / "tests/model/golden" / f"{equation.__name__}.txt").read_text().splitlines()[-2] in text


def test_signs_and_names_are_set_as_in_print() -> None:
    line = "sum over modes of activity[mode] / rate <= availability x usable - order"
    assert typeset(line) == (
        "<b>∑</b><sub>modes</sub> <i>activity</i><sub>mode</sub> / <i>rate</i> ≤ <i>availability</i> × <i>usable</i>"
        " − <i>order</i>"
    )


@pytest.mark.parametrize("name", SYMBOLS)
def test_a_symbol_names_what_there_is(name: str) -> None:
    fields = texts_of_fields(Case)
    for code in SYMBOLS[name].code:
        function = code.split("(")[0]
        assert code.removeprefix("case.") in fields or hasattr(quantities, function) or hasattr(carried, function), code
    for place in SYMBOLS[name].data:
        table, column = place.split(".")
        items = {*LIMIT_KINDS, *COST_ITEMS, *STORE_ITEMS, *FLOWS, *DEMAND, *RESERVE}
        assert column in {one.name for one in TABLES[table].all_columns} | items, place


FLOWS = ("in", "out", "build", "release")
DEMAND = ("quantity", "anchor_price", "step_width", "step_price", "local_share_min")
RESERVE = ("margin", "cover", "firm_share")


def test_no_symbol_is_explained_that_no_equation_names() -> None:
    named = {name for equation in EQUATIONS for name in names_in(told_by(equation))}
    assert set(SYMBOLS) <= named


@pytest.mark.parametrize("page", sorted(pages()))
def test_every_link_of_a_page_leads_somewhere(page: str) -> None:
    for link in LINK.findall(CODE.sub("", site()[page])):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        there = re.sub(r"[^/]+/\.\./", "", str(PurePosixPath(page).parent / target)) if target else page
        assert there in site() or (ROOT / "docs" / there).exists(), f"{page}: {link}"
        assert not anchor or anchor in anchors(there), f"{page}: {link}"


@pytest.mark.parametrize("page", sorted(pages()))
def test_every_file_that_a_page_names_is_there(page: str) -> None:
    for path in PATH.findall(site()[page]):
        assert list(ROOT.glob(path.rstrip("/"))), f"{page}: {path}"


def test_every_page_is_in_the_navigation() -> None:
    shown = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    missing = [page for page in site() if not page.startswith("decisions/0") and f": {page}\n" not in shown]
    assert not missing


def test_pages_and_pictures_are_written(tmp_path: Path) -> None:
    write_pages(tmp_path / "docs")
    assert {path.relative_to(tmp_path / "docs").as_posix() for path in (tmp_path / "docs").rglob("*.md")} == set(site())
    assert (tmp_path / "docs/images/compute.png").exists()


def test_mkdocs_finds_no_fault_and_the_site_asks_nothing_of_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = pytest.importorskip("mkdocs.commands.build")
    config = pytest.importorskip("mkdocs.config")
    write_pages(tmp_path / "docs")
    settings = config.load_config(
        str(ROOT / "mkdocs.yml"), docs_dir=str(tmp_path / "docs"), site_dir=str(tmp_path / "site"), strict=True
    )
    build.build(settings)
    for path in ("index.html", "mathematics.html", "tutorial.html"):
        html = (tmp_path / "site" / path).read_text(encoding="utf-8")
        loaded = re.findall(r'<(?:script|link|img|iframe)[^>]*?(?:src|href)="(https?:[^"]*)"', html)
        assert not loaded


def test_the_pages_are_the_same_each_time() -> None:
    assert pages() == site()
    assert not any(re.search(r"0x[0-9a-f]{6}", text) for text in site().values())
