"""The page of the data: every table and column, case.toml and scenario files, and every rule a case is held to."""

import inspect
import re
from collections.abc import Callable, Iterator

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from teraplan.case import checks, settings
from teraplan.case.guide import column_table, table_section
from teraplan.case.schema import GRADES, NOTE, NUMBER, PROVENANCE
from teraplan.case.tables import COST_ITEMS, LIMIT_KINDS, TABLES
from teraplan.model.equations import EQUATIONS

CASE_FILE: tuple[tuple[str, type[BaseModel]], ...] = (
    ("", settings.Settings),
    ("[[period]]", settings.PeriodBlock),
    ("[timing]", settings.Timing),
    ("[target]", settings.Target),
)
SCENARIO_FILE: tuple[tuple[str, type[BaseModel]], ...] = (
    ("", settings.Scenario),
    ("[[edit]]", settings.EditBlock),
    ("[[keep]]", settings.Keep),
    ("[programme]", settings.ProgrammeSettings),
)
COARSEN_FILE: tuple[tuple[str, type[BaseModel]], ...] = (
    ("", settings.CoarseRule),
    ("[regions.NAME]", settings.CoarseRegion),
    ("[slices.NAME]", settings.CoarseSlice),
)
GRADE_MEANING = {
    "measured": "counted or metered by somebody who was there: a filing, a statistic, a datasheet",
    "reported": "said in public by somebody who should know, such as a maker or an analyst with sources",
    "estimated": "worked out from measured or reported numbers",
    "forecast": "said by somebody about a later time than that of the saying",
    "assumption": "ours; the note says why",
}
RULES = """\
## What every table keeps to

A case is a folder: `case.toml`, CSV tables in UTF-8 with one header line, and `scenarios/*.toml`. A row is one fact.

- **Keys.** The columns in **bold** say which fact a row is. Two rows may not say different things about one.
- **Order and absence.** Order of rows and columns is free. An optional column may be left out. An absent table means
  that there is no such thing; an empty cell in a limit means that there is no such limit.
- **Patterns.** `fab_*` and `*` fill values and create nothing. The most specific row wins: a pattern that another one
  covers is more specific, and a label is the most specific of all. Two rows that neither covers and that disagree are a
  fault, never a silent choice.
- **Existence.** An order exists where `sites` says so; activity exists where an order or `capacity` can give capacity;
  a shipment exists where `routes` says so; a shortage exists where a demand has steps.
- **Years.** A row without year holds always. Between the years given values are interpolated; before the first and
  after the last they are held. Limits, shares, rules and taxes hold from their first year on, step by step, and an
  empty value ends what came before. A period takes the mean of its years.
- **Units.** Every number of a long table names its unit. Any unit of the right dimension will do (`MW` for `GW`,
  `USD/kW` for `GUSD/GW`); a unit of another dimension is a fault. Money of another year or currency is converted by
  `deflators` and `exchange`.
- **Provenance.** Every number has a grade, and a source unless it is an assumption; then its note says why.
  `teraplan cite` reads them back for a plan.
"""


def data() -> str:
    """Return the page."""
    return "\n".join(
        [
            "# The data of a case",
            "",
            "Written from the schema that the reader and the checks use. `teraplan new mycase` puts the part of it",
            "that is about the tables you have into `mycase/README.md`.",
            "",
            RULES,
            *_shared(),
            "## Tables",
            "",
            " · ".join(f"[{name}](#{name})" for name in TABLES),
            "",
            *(line for table in TABLES.values() for line in _table(table.name)),
            *_files(),
            *_faults(),
        ]
    )


def _shared() -> Iterator[str]:
    yield "Columns of every table with numbers:"
    yield ""
    yield from column_table((*NUMBER, *PROVENANCE, NOTE))
    yield ""
    yield "| grade | meaning |"
    yield "|---|---|"
    yield from (f"| `{grade}` | {GRADE_MEANING[grade]} |" for grade in GRADES)
    yield ""


def _table(name: str) -> Iterator[str]:
    heading, *lines = table_section(TABLES[name])
    yield f"{heading} {{#{name}}}"
    for line in lines:
        yield line.replace("explained above", "explained [above](#what-every-table-keeps-to)")
    if name == "costs":
        yield from _cost_items()
    if name == "limits":
        yield from _limit_kinds()


def _cost_items() -> Iterator[str]:
    yield "A transfer is money from one owner to another: a cost in the view `buyer`, none in the view `system`."
    yield ""
    yield "| item | paid per | transfer | meaning |"
    yield "|---|---|---|---|"
    for item, cost in COST_ITEMS.items():
        yield f"| `{item}` | {cost.per} | {'yes' if cost.transfer else ''} | {cost.meaning} |"
    yield ""


def _limit_kinds() -> Iterator[str]:
    yield "| kind | what it does | equation |"
    yield "|---|---|---|"
    for kind in LIMIT_KINDS:
        equation = _equation_of(kind)
        sentence = (inspect.getdoc(equation) or "").split("\n\n")[0]
        yield f"| `{kind}` | {' '.join(sentence.split())} | [{equation.__name__}](mathematics.md#{equation.__name__}) |"
    yield ""


def _equation_of(kind: str) -> Callable[..., object]:
    """The equation whose docstring names a kind of limit."""
    [found] = [one for one in EQUATIONS if re.search(rf"\b{kind}\b", _limit_text(one))]
    return found


def _limit_text(equation: Callable[..., object]) -> str:
    text = inspect.getdoc(equation) or ""
    return text if "for LIMIT" in text else ""


def _files() -> Iterator[str]:
    yield from _file("case.toml", "What is not a table.", CASE_FILE)
    yield from _file(
        "scenarios/NAME.toml",
        "A scenario changes resolved cells, stands on kept plans, and may have a programme. It is planned with "
        "`--scenario NAME`; one that stands on another is planned after it.",
        SCENARIO_FILE,
    )
    yield from _file(
        "coarsen.toml",
        "How `teraplan coarsen` derives a case from a larger one; only such a case has it.",
        COARSEN_FILE,
    )


def _file(name: str, meaning: str, parts: tuple[tuple[str, type[BaseModel]], ...]) -> Iterator[str]:
    yield f"## `{name}` {{#{name.split('/')[0].removesuffix('.toml')}-file}}"
    yield ""
    yield meaning
    yield ""
    for title, model in parts:
        if title:
            yield f"**`{title}`**: {_sentence(inspect.getdoc(model) or '')}"
            yield ""
        yield "| key | kind | default | meaning |"
        yield "|---|---|---|---|"
        for field, info in model.model_fields.items():
            default = "required" if info.default is PydanticUndefined else _default(info.default)
            yield f"| `{info.alias or field}` | {_kind(info.annotation)} | {default} | {_cell(info.description)} |"
        yield ""


def _sentence(text: str) -> str:
    """A docstring without the `[[period]]: ` before it."""
    found = " ".join(text.split()).split(": ", 1)[-1]
    return found[0].upper() + found[1:]


def _default(value: object) -> str:
    if value is None or value == () or value == {} or value == "" or isinstance(value, BaseModel):
        return ""
    return f"`{', '.join(map(str, value)) if isinstance(value, tuple) else value}`"


KINDS = {"int": "whole number", "float": "number", "str": "text", "bool": "true or false", "date": "date"}


def _kind(annotation: object) -> str:
    """A type in words: choices as they are, names of blocks, plain kinds."""
    text = str(annotation)
    choices = re.findall(r"Literal\[(.*?)\]", text)
    if choices:
        return ", ".join(f"`{one.strip()}`".replace("'", "") for part in choices for one in part.split(","))
    if "Mapping" in text or "dict" in text:
        return "table"
    if "tuple" in text:
        return "list"
    found = [word for kind, word in KINDS.items() if re.search(rf"\b{kind}\b", text)]
    return found[0] if found else "block"


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


def _faults() -> Iterator[str]:
    yield "## What is checked"
    yield ""
    yield "Every rule is tried and every fault is told at once, with file, line, what is wrong and how to mend it;"
    yield "nothing is solved before all hold. Before these rules the reader itself checks kinds, units, dates, labels"
    yield "and ranges of each cell."
    yield ""
    yield "| rule | |"
    yield "|---|---|"
    for rule in (*checks.ROW_CHECKS, *checks.TABLE_CHECKS, *checks.CASE_CHECKS):
        first = (inspect.getdoc(rule) or "").split("\n\n")[0]
        yield f"| {rule.__name__.replace('_', ' ')} | {_cell(first)} |"
    yield ""
