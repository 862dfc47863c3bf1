"""The page of the mathematics: every equation from its docstring, its names, and one row of it worked by hand."""

import html
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from docs.generate.reference import texts_of_fields
from docs.generate.symbols import PLAIN_WORDS, SYMBOLS, Symbol

from teraplan.case import calendar, money
from teraplan.case.case import Case
from teraplan.model import carried, equations, objective, quantities
from teraplan.model.equations import EQUATIONS
from teraplan.model.objective import COST_TERMS
from teraplan.model.variables import VARIABLES, Variable
from teraplan.results import bottlenecks, derive

RELATION = re.compile(r"<=|>=|==")
WORD = re.compile(r"[A-Za-z_]+")
SIGNS = {"<=": "≤", ">=": "≥", "==": "=", "x": "×", "-": "−"}
TOKEN = re.compile(
    r"sum over (?P<over>[\w, .]+?) of (?=\w)|(?P<sum>sum of )|(?P<name>[A-Za-z_][A-Za-z_]*)(?:\[(?P<labels>[^\]]*)\])?"
    r"|(?P<sign><=|>=|==|-)|(?P<other>.)"
)
CALENDAR = (
    calendar.share_after,
    calendar.share_at,
    calendar.share_in_service,
    calendar.share_paid,
    calendar.share_worn,
    calendar.shifted_overlap,
    calendar.discount_factor,
)
PRICES = (derive.money_per_dual, derive.prices_of, bottlenecks.bottlenecks_of)
VARIABLE = {variable.name: variable for variable in VARIABLES}


@dataclass(frozen=True)
class Told:
    """What the docstring of an equation says: its sentence, the equation's lines, where it holds, unit, dual."""

    sentence: str
    equation: tuple[str, ...]
    where: str
    rows: str
    dual: str


def told_by(equation: Callable[..., object]) -> Told:
    """Return the parts of an equation's docstring; ValueError if it has no equation."""
    sentence, *paragraphs = (inspect.getdoc(equation) or "").split("\n\n")
    stated = [paragraph for paragraph in paragraphs if RELATION.search(paragraph)]
    if not stated:
        raise ValueError(f"{equation.__name__} states no equation")
    rest = " ".join(" ".join(paragraph.split()) for paragraph in paragraphs if paragraph is not stated[0])
    before, _, dual = rest.partition("Dual: ")
    where, _, rows = before.partition("Rows: ")
    lines = textwrap.dedent(stated[0]).splitlines()
    return Told(" ".join(sentence.split()), tuple(lines), where.strip(), rows.strip(), dual.strip())


def typeset(line: str) -> str:
    """Return one line of an equation as HTML: names in italics, labels below, signs as in print."""
    return "".join(_typeset(token) for token in TOKEN.finditer(line))


def _typeset(token: re.Match[str]) -> str:
    over, name, labels = token["over"], token["name"], token["labels"]
    if over or token["sum"]:
        return f"<b>∑</b><sub>{html.escape(over)}</sub> " if over else "<b>∑</b> "
    below = f"<sub>{html.escape(labels)}</sub>" if labels else ""
    if name in SIGNS:
        return SIGNS[name]
    if name:
        return f"<i>{name}</i>{below}" if name in SYMBOLS or name in VARIABLE else f"<span>{name}</span>{below}"
    return html.escape(SIGNS.get(token["sign"] or "", token["other"] or ""))


def names_in(told: Told) -> list[str]:
    """Return the quantities that an equation names, in its order; ValueError for a word that nothing explains."""
    words = list(dict.fromkeys(WORD.findall(" ".join(told.equation))))
    unknown = [word for word in words if word not in SYMBOLS and word not in VARIABLE and word not in PLAIN_WORDS]
    if unknown:
        raise ValueError(f"no symbol explains {', '.join(unknown)}: add it to docs/generate/symbols.py")
    return [word for word in words if word in SYMBOLS or word in VARIABLE]


def mathematics(golden: Path) -> str:
    """Return the page; golden: the folder with a worked row for each equation."""
    return "\n".join(
        [
            "# The mathematics",
            "",
            "Written from the code: an equation below is the docstring of the function that states it, and its name is",
            "the name of the function, of its rows and of their duals. One linear program holds all of it. Labels in",
            "capitals are those of a row; a sum runs over every label that the row has not.",
            "",
            *_variables(),
            *_objective(),
            "## Equations",
            "",
            *(line for heading, group in _groups() for line in _group(heading, group, golden)),
            *_section("Time: what an order sets in motion", calendar, CALENDAR),
            *_money(),
            *_section("Prices and what binds", derive, PRICES),
        ]
    )


def _variables() -> Iterator[str]:
    yield "## Decisions"
    yield ""
    yield "All are at least zero. A decision exists only where the tables make it possible: `exists` names the field of"
    yield "`Case` that lists its places."
    yield ""
    yield "| variable | labels | unit | meaning | exists |"
    yield "|---|---|---|---|---|"
    for one in VARIABLES:
        whole = "; whole numbers" if one.whole else ""
        anchor = f'<span id="{_variable_anchor(one)}"></span>'
        yield (
            f"| {anchor}`{one.name}` | {', '.join(one.labels)} | {one.unit} | {one.meaning}{whole} | `{one.exists}` |"
        )
    yield ""


def _variable_anchor(variable: Variable) -> str:
    return f"variable-{variable.name}"


def _objective() -> Iterator[str]:
    yield "## What is sought"
    yield ""
    yield "`least_cost` makes the sum of all charged cost lines as small as it can. `most_compute` first makes the"
    yield "weighted amount of the target that is served as large as it can, then finds the cheapest plan that reaches"
    yield "it ([target_reached](#target_reached)). Every cost term is also a line of the ledger; the objective is the"
    yield "sum of the lines that the view takes: all of them for the `buyer`, all but transfers for the `system`."
    yield ""
    yield "| term | what it is |"
    yield "|---|---|"
    for term in COST_TERMS:
        yield f'| <span id="{term.__name__}"></span>`{term.__name__}` | {_plain(inspect.getdoc(term) or "")} |'
    yield ""
    yield f"**The target.** {_plain(inspect.getdoc(objective.target_terms) or '')}"
    yield ""


def _groups() -> list[tuple[str, list[Callable[..., object]]]]:
    """Equations under the headings of their file, in its order."""
    source = inspect.getsource(equations)
    marks = [(found.start(), found[1]) for found in re.finditer(r"^# --- (.*?) -+$", source, re.MULTILINE)]
    ends = [*(place for place, _ in marks[1:]), len(source)]
    groups = []
    for (start, heading), end in zip(marks, ends, strict=True):
        inside: list[Callable[..., object]] = [
            one for one in EQUATIONS if start < source.index(f"\ndef {one.__name__}(") < end
        ]
        groups.append((heading, inside))
    return groups


def _group(heading: str, group: list[Callable[..., object]], golden: Path) -> Iterator[str]:
    yield f"### {heading[0].upper()}{heading[1:]} {{#{heading.replace(' ', '-')}-equations}}"
    yield ""
    for equation in group:
        yield from _equation(equation, golden / f"{equation.__name__}.txt")


def _equation(equation: Callable[..., object], golden: Path) -> Iterator[str]:
    told = told_by(equation)
    yield f"#### {equation.__name__} {{#{equation.__name__}}}"
    yield ""
    yield told.sentence
    yield ""
    lines = "".join(
        f'<div class="line{" further" if line.startswith(" ") else ""}">{typeset(line.strip())}</div>'
        for line in told.equation
    )
    yield f'<div class="equation">{lines}</div>'
    yield ""
    for title, text in (("For", told.where.removeprefix("for ")), ("Rows", told.rows), ("Dual", told.dual)):
        if text:
            yield f"- **{title}:** {text}"
    yield ""
    yield '??? note "Names, code and tables"'
    yield ""
    yield "    ```text"
    yield from (f"    {line}" for line in told.equation)
    yield "    ```"
    yield ""
    yield "    | name | meaning | code | table |"
    yield "    |---|---|---|---|"
    yield from (f"    {_name_row(name)}" for name in names_in(told))
    yield ""
    yield from _worked(golden)


def _name_row(name: str) -> str:
    if name in VARIABLE:
        one = VARIABLE[name]
        return f"| *{name}* | {one.meaning} [{one.unit}] | [`v.{name}`](#{_variable_anchor(one)}) | decided |"
    symbol = SYMBOLS[name]
    code = ", ".join(f"`{one}`" for one in symbol.code)
    data = ", ".join(_data_link(one) for one in symbol.data)
    return f"| *{name}* | {meaning_of(symbol)} | {code} | {data or 'worked out'} |"


def _data_link(place: str) -> str:
    table, column = place.split(".")
    return f"[`{table}.{column}`](data.md#{table})"


def meaning_of(symbol: Symbol) -> str:
    """Return what a symbol stands for: its own words, or those of the code that it names."""
    if symbol.meaning:
        return symbol.meaning
    [code] = symbol.code
    if code.startswith("case."):
        return texts_of_fields(Case)[code.removeprefix("case.")]
    name = code.split("(")[0]
    found = getattr(quantities, name, None) or getattr(carried, name)
    return (inspect.getdoc(found) or "").split("\n\n")[0]


def _worked(golden: Path) -> Iterator[str]:
    *why, labels, row = golden.read_text(encoding="utf-8").splitlines()
    yield '??? example "One row, worked by hand"'
    yield ""
    yield f"    {' '.join(line.removeprefix('# ') for line in why)}".replace("*", "\\*")
    yield ""
    yield f"    The row `{labels}` of the case of the tests:"
    yield ""
    yield "    ```text"
    yield from (f"    {part}" for part in re.split(r" (?=[+-][\d.e]+ \w+\[|[<>=]= )", row))
    yield "    ```"
    yield ""


def _section(heading: str, module: ModuleType, functions: tuple[Callable[..., object], ...]) -> Iterator[str]:
    yield f"## {heading}"
    yield ""
    yield _paragraphs(inspect.getdoc(module) or "")
    yield ""
    for function in functions:
        yield f"### {function.__name__} {{#{function.__name__}}}"
        yield ""
        yield _paragraphs(inspect.getdoc(function) or "")
        yield ""


def _money() -> Iterator[str]:
    yield "## Money: payments, hurdle rate, and the end of the horizon"
    yield ""
    yield "What an order pays is spread over the time from order to start ([share_paid](#share_paid)), year by year,"
    yield "and discounted from the year of payment ([discount_factor](#discount_factor)). Capacity that outlives the"
    yield "horizon is charged by `horizon_end` of case.toml:"
    yield ""
    yield f"- **annuity**: {_one(money, '_share_inside')} A payment is charged times this share."
    yield f"- **salvage**: {_one(money, '_less_salvage')} What is worn out: [share_worn](#share_worn)."
    yield "- **none**: what is paid inside the horizon is charged, nothing is given back."
    yield ""
    yield f"**Hurdle rate.** {_one(money, '_hurdle_premium')}"
    yield ""


def _one(module: ModuleType, name: str) -> str:
    text = " ".join((inspect.getdoc(getattr(module, name)) or "").split())
    return _plain(text[0].upper() + text[1:])


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))
