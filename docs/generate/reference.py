"""The pages of the commands and of the Python functions, from the command line's own help and from docstrings."""

import dataclasses
import inspect
import re
from collections.abc import Callable, Iterator

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

import teraplan
from teraplan.cli.app import app
from teraplan.errors import TeraplanError

EXIT_CODES = (
    (0, "done"),
    (2, "the input is wrong; every fault is told with file, line and a way to mend it"),
    (3, "no plan can meet the case, or the case gives something for nothing; what cannot hold together is named"),
    (4, "the solver stopped at a limit; the best bound is told"),
    (5, "a plan does not hold when it is recomputed by the audit"),
    (130, "interrupted; what was whole is on disk"),
)
VALUES = {"str": "TEXT", "list[str]": "TEXT", "path": "PATH", "list[Path]": "PATH", "float range": "NUMBER"}
"""How the help of a command calls a kind of value, and how the page does."""


def commands() -> str:
    """Return the page of the commands."""
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return "\n".join(
        [
            "# Commands",
            "",
            "Written from the commands' own help (`teraplan COMMAND --help`).",
            "",
            " · ".join(f"[{name}](#{name})" for name in group.commands),
            "",
            *(
                line
                for name, command in group.commands.items()
                if isinstance(command, TyperCommand)
                for line in _command(name, command)
            ),
            "## Exit codes",
            "",
            "| code | meaning |",
            "|---|---|",
            *(f"| {code} | {meaning} |" for code, meaning in EXIT_CODES),
            "",
        ]
    )


def _command(name: str, command: TyperCommand) -> Iterator[str]:
    context = typer.Context(command, info_name=f"teraplan {name}")
    text, _, example = inspect.cleandoc(command.help or "").partition("Example: ")
    yield f"## {name} {{#{name}}}"
    yield ""
    yield text.strip()
    yield ""
    yield "```text"
    arguments = [one.metavar or (one.name or "").upper() for one in command.params if isinstance(one, TyperArgument)]
    yield " ".join([f"teraplan {name}", *arguments, "[OPTIONS]"])
    yield "```"
    yield ""
    if example:
        yield f"Example: `{' '.join(example.split())}`"
        yield ""
    shown = [one for one in command.params if isinstance(one, TyperOption | TyperArgument)]
    if shown:
        yield "| argument or option | meaning |"
        yield "|---|---|"
        yield from (_parameter(one, context) for one in shown)
        yield ""


def _parameter(one: TyperOption | TyperArgument, context: typer.Context) -> str:
    record, meaning = one.get_help_record(context) or (one.name or "", "")
    name = record.split(" <")[0].upper() if isinstance(one, TyperArgument) else record
    for kind, shown in VALUES.items():
        name = name.replace(f"<{kind}>", shown)
    return f"| `{name}` | {_cell(meaning)} |"


def library() -> str:
    """Return the page of the public names of the package."""
    return "\n".join(
        [
            "# Python",
            "",
            "The public names of `import teraplan as tp`. Tables are polars data frames, long and tidy.",
            "Everything that is wrong is raised as a subclass of [TeraplanError](#TeraplanError).",
            "",
            " · ".join(f"[{name}](#{name})" for name in teraplan.__all__),
            "",
            *(line for name in teraplan.__all__ for line in _name(name)),
        ]
    )


def _name(name: str) -> Iterator[str]:
    found = getattr(teraplan, name)
    yield f"## {name} {{#{name}}}"
    yield ""
    if inspect.isfunction(found) or name == "Planner":
        yield "```text"
        yield f"tp.{name}{_signature(found)}"
        yield "```"
        yield ""
    yield from _docstring(inspect.getdoc(found) or "")
    if isinstance(found, type) and found is not TeraplanError:
        yield "| attribute or method | meaning |"
        yield "|---|---|"
        yield from (f"| `{attribute}` | {text} |" for attribute, text in _members(found))
        yield ""
    if found is TeraplanError:
        yield "| error | exit code | meaning |"
        yield "|---|---|---|"
        for one in sorted(TeraplanError.__subclasses__(), key=lambda error: (error.exit_code, error.__name__)):
            yield f"| `{one.__name__}` | {one.exit_code} | {' '.join((inspect.getdoc(one) or '').split())} |"
        yield ""


def _signature(function: Callable[..., object]) -> str:
    short = _short(function)
    parts = re.split(r", (?=\w+: )", short[1:].rpartition(")")[0])
    back = short.rpartition(")")[2]
    return "(\n    " + ",\n    ".join(parts) + f",\n){back}" if len(short) > 70 else short


def _short(function: Callable[..., object]) -> str:
    """A signature without self and without the modules of its types."""
    text = str(inspect.signature(function)).replace("(self, ", "(").replace("(self)", "()")
    return re.sub(r"<function (\w+) at \w+>", r"\1", re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", text))


def _docstring(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        yield " ".join(paragraph.split())
        yield ""


def _members(found: type) -> Iterator[tuple[str, str]]:
    """Fields with the text below them, then public methods and properties."""
    texts = texts_of_fields(found)
    for field in dataclasses.fields(found) if dataclasses.is_dataclass(found) else ():
        yield field.name, _cell(texts.get(field.name, "see above"))
    for name, member in vars(found).items():
        if name.startswith("_"):
            continue
        if isinstance(member, property):
            yield name, _cell(inspect.getdoc(member) or "")
        elif inspect.isfunction(member):
            yield f"{name}{_short(member)}", _cell(inspect.getdoc(member) or "")


def texts_of_fields(found: type) -> dict[str, str]:
    """Return the text that stands below each field of a dataclass in its source."""
    texts = re.findall(r'^    (\w+): .*\n    """((?:.|\n)*?)"""', inspect.getsource(found), re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in texts}


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
