"""Runs what a page of the documentation shows: commands, Python, files to write and lines to change, in page order.

What a page may hold: `console` blocks (`$ command` and what it prints), `python` blocks and the `text` block after
each (what it prints), blocks with a title, which is the file that they are (`toml`, `csv`) or change (`diff`: a line
with `-` must be there once, a line with `+` takes its place; `+` lines alone are added at the end).
"""

import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from teraplan.cli.app import app

FENCE = re.compile(r'^( *)```(\w+)(?: title="([^"]+)")?\n(.*?)^\1```$', re.DOTALL | re.MULTILINE)
NUMBER = re.compile(r"[+-]?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?%?$")
RELATIVE = 0.005
ANYTHING = "..."


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the file in its title, its text."""

    language: str
    title: str
    text: str


def blocks(page: str) -> list[Block]:
    """Return the fenced blocks of a page, without the indentation of what they stand in."""
    found = []
    for indent, language, title, text in FENCE.findall(page):
        lines = [line.removeprefix(indent) for line in text.splitlines()]
        found.append(Block(language, title, "\n".join(lines) + "\n"))
    return found


def run_page(page: str, folder: Path) -> Iterator[str]:
    """Run a page's blocks in the current folder, which must be `folder`; yield every way in which it does not hold."""
    names: dict[str, object] = {}
    printed: str | None = None
    for block in blocks(page):
        if block.language == "console":
            yield from _commands(block.text)
        elif block.language == "python":
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(block.text, "page", "exec"), names)
            printed = out.getvalue()
            continue
        elif block.language == "text" and printed is not None:
            yield from differences(block.text, printed, "Python")
        elif block.language == "diff":
            yield from _change(folder / block.title, block.text)
        elif block.title:
            (folder / block.title).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.title).write_text(block.text, encoding="utf-8")
        printed = None


def _commands(text: str) -> Iterator[str]:
    code = 0
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        if command == "echo $?":
            yield from differences(expected, str(code), command)
            code = 0
            continue
        if code:
            yield f"exit code {code}, and the page does not say so, before: {command}"
        program, *words = shlex.split(command, comments=True)
        assert program == "teraplan", command
        result = CliRunner().invoke(app, words)
        code = result.exit_code
        yield from differences(expected, result.output if code else result.stdout, command)
    if code:
        yield f"exit code {code}, and the page does not say so, at the end of:\n{text}"


def _change(file: Path, text: str) -> Iterator[str]:
    lines = file.read_text(encoding="utf-8").splitlines()
    before = [line[1:] for line in text.splitlines() if line.startswith("-")]
    after = [line[1:] for line in text.splitlines() if line.startswith("+")]
    for line in before:
        if lines.count(line) != 1:
            yield f"{file.name} has {lines.count(line)} lines: {line}"
    place = lines.index(before[0]) if before and before[0] in lines else len(lines)
    kept = [line for line in lines if line not in before]
    file.write_text("\n".join([*kept[:place], *after, *kept[place:]]) + "\n", encoding="utf-8")


def differences(expected: str, printed: str, what: str) -> Iterator[str]:
    """Yield the lines that should be printed and are not, in order; `...` stands for any lines, or any text in one."""
    left = [line for line in printed.splitlines() if line.strip()]
    free = False
    for line in (one for one in expected.splitlines() if one.strip()):
        if line.strip() == ANYTHING:
            free = True
            continue
        candidates = range(len(left)) if free else range(min(1, len(left)))
        place = next((at for at in candidates if alike(line, left[at])), None)
        if place is None:
            shown = "\n  ".join(left[: 12 if free else 1]) or "nothing more"
            yield f"{what}\n  should print: {line}\n  printed: {shown}"
            return
        left, free = left[place + 1 :], False
    if left and not free:
        yield f"{what}\n  prints more than the page shows: {left[0]}"


def alike(expected: str, printed: str) -> bool:
    """Return whether two lines say the same: words alike, numbers within half a percent or one of their last digit."""
    if ANYTHING in expected:
        shape = ".*".join(re.escape(part.strip()) for part in re.sub(r"\s+", " ", expected).split(ANYTHING))
        return re.fullmatch(shape, re.sub(r"\s+", " ", printed).strip()) is not None
    one, other = _words(expected), _words(printed)
    return len(one) == len(other) and all(_same(a, b) for a, b in zip(one, other, strict=True))


def _words(line: str) -> list[str]:
    return re.sub(r"─+", "─", line).split()


def _same(expected: str, printed: str) -> bool:
    if expected == printed:
        return True
    a, b = (re.fullmatch(r"([(\[]?)(.*?)([)\],;:.]*)", word) for word in (expected, printed))
    assert a is not None and b is not None
    if (a[1], a[3]) != (b[1], b[3]) or not (NUMBER.match(a[2]) and NUMBER.match(b[2])):
        return False
    first, second = (float(one[2].replace(",", "").rstrip("%")) for one in (a, b))
    decimals = len(a[2].rstrip("%").split(".")[1]) if "." in a[2] and "e" not in a[2] else 0
    return abs(first - second) <= max(RELATIVE * abs(first), 1.001 * 10.0**-decimals * ("e" not in a[2]))
