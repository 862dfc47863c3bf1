"""Random damage to the files of a case, seeded: what people, spreadsheets and disks do to tables."""

import re
from collections.abc import Callable
from pathlib import Path
from random import Random

from teraplan.case.assemble import assemble
from teraplan.case.read import load_tables
from teraplan.errors import CaseError

JUNK = (
    "", " ", "*", "**", "a*", "not", "nan", "inf", "-inf", "-1", "0", "1e308", "1e-320", "99999999999999999999", "0x10",
    "1,5", "1;5", "yes", "no", "true", "none", "null", "#REF!", "=1+1", "@x", "+A1(", "WLD", "each", "USA", "fab",
    "chip", "compute", "out", "in", "build", "quantity", "capex", "2025", "2025.5", "1899", "2025-13-45", "2300",
    "../../x", "\\", "'", "é", "\u202e", "\ufeff", "🙂", "a" * 300, "%", "USD", "EUR/GW", "1/0", "9**9**9", "((",
    "m**2", "degC", "kg m", "A.B", "x|y", "2026..", "out:chip", "use:", "arrivals", "order", "assumption", "measured",
    "sliced", "world", "count",
)  # fmt: skip

HUGE = ("1e300", "-1e300", "9" * 400, "1e999", "1e-300", "0." + "0" * 300 + "1", "1" + "0" * 18)
Mutation = Callable[[str, Random], str | bytes | None]


def cut_bytes(text: str, random: Random) -> bytes:
    """Leave out a stretch of bytes, in the middle of letters, too."""
    raw = text.encode()
    start = random.randrange(len(raw) or 1)
    return raw[:start] + raw[start + random.choice((1, 3, 10, 100)) :]


def cut_off(text: str, random: Random) -> bytes:
    """Stop in the middle, as a disk that is full or a copy that broke off does."""
    raw = text.encode()
    return raw[: random.randrange(len(raw) + 1)]


def flip_bytes(text: str, random: Random) -> bytes:
    """Put other bytes in the place of a few."""
    raw = bytearray(text.encode() or b"x")
    for _ in range(random.choice((1, 2, 4))):
        raw[random.randrange(len(raw))] = random.randrange(256)
    return bytes(raw)


def insert_quotes(text: str, random: Random) -> str:
    """Put quotation marks somewhere."""
    for _ in range(random.choice((1, 2, 3))):
        place = random.randrange(len(text) + 1)
        text = text[:place] + random.choice(('"', '""', ',"', '",', "'")) + text[place:]
    return text


def huge_number(text: str, random: Random) -> str:
    """Put a number that is far too large or too small in the place of one."""
    found = list(re.finditer(r"(?<=[,= ])-?\d[\d.]*(?=[,\n ])", text))
    if not found:
        return text
    number = random.choice(found)
    return text[: number.start()] + random.choice(HUGE) + text[number.end() :]


def remove(text: str, random: Random) -> None:
    """Lose the file."""
    return None


def drop_lines(text: str, random: Random) -> str:
    """Forget half of the lines."""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if random.random() < 0.5)


def double_title(text: str, random: Random) -> str:
    """Say a title of the header twice, with or without cells for it."""
    lines = text.splitlines()
    titles = lines[0].split(",")
    lines[0] = ",".join([*titles, random.choice(titles)])
    if random.random() < 0.5:
        lines[1:] = [f"{line},x" for line in lines[1:]]
    return "\n".join(lines) + "\n"


def repeat_line(text: str, random: Random) -> str:
    """Say a line again, somewhere else."""
    lines = text.splitlines(keepends=True)
    line = random.choice(lines)
    lines.insert(random.randrange(len(lines) + 1), line)
    return "".join(lines)


def drop_line(text: str, random: Random) -> str:
    """Forget a line."""
    lines = text.splitlines(keepends=True)
    del lines[random.randrange(len(lines))]
    return "".join(lines)


def swap_cells(text: str, random: Random) -> str:
    """Exchange two cells of a line."""
    lines = text.splitlines()
    place = random.randrange(len(lines))
    cells = lines[place].split(",")
    one, other = random.randrange(len(cells)), random.randrange(len(cells))
    cells[one], cells[other] = cells[other], cells[one]
    lines[place] = ",".join(cells)
    return "\n".join(lines) + "\n"


def swap_columns(text: str, random: Random) -> str:
    """Exchange two columns below their headers."""
    rows = [line.split(",") for line in text.splitlines()]
    one, other = random.randrange(len(rows[0])), random.randrange(len(rows[0]))
    for row in rows[1:]:
        if max(one, other) < len(row):
            row[one], row[other] = row[other], row[one]
    return "\n".join(",".join(row) for row in rows) + "\n"


def junk_cell(text: str, random: Random) -> str:
    """Put something else in a cell."""
    lines = text.splitlines()
    place = random.randrange(len(lines))
    cells = lines[place].split(",")
    cells[random.randrange(len(cells))] = random.choice(JUNK)
    lines[place] = ",".join(cells)
    return "\n".join(lines) + "\n"


def junk_column(text: str, random: Random) -> str:
    """Put the same thing in every cell of a column."""
    rows = [line.split(",") for line in text.splitlines()]
    place, junk = random.randrange(len(rows[0])), random.choice(JUNK)
    for row in rows[1:]:
        if place < len(row):
            row[place] = junk
    return "\n".join(",".join(row) for row in rows) + "\n"


def junk_setting(text: str, random: Random) -> str:
    """Put something else behind an equals sign of a TOML file."""
    lines = text.splitlines()
    places = [place for place, line in enumerate(lines) if "=" in line]
    place = random.choice(places)
    values = (*JUNK, '"x"', "[]", "{}", "[1, 2]", "{ a = 1 }", "2026-11-24", "07:32:00", "true", "nan", "1e-9", "-5")
    lines[place] = f"{lines[place].split('=')[0]}= {random.choice(values)}"
    return "\n".join(lines) + "\n"


ANYWHERE: tuple[Mutation, ...] = (
    cut_bytes,
    cut_off,
    flip_bytes,
    insert_quotes,
    huge_number,
    remove,
    repeat_line,
    drop_line,
    drop_lines,
)
TABLES: tuple[Mutation, ...] = (
    *ANYWHERE,
    double_title,
    swap_cells,
    swap_columns,
    junk_cell,
    junk_cell,
    junk_cell,
    junk_column,
)
SETTINGS: tuple[Mutation, ...] = (*ANYWHERE, junk_setting, junk_setting, junk_setting)


def mutation_of(name: str, random: Random) -> Mutation:
    """Return a random mutation that suits a file."""
    return random.choice(SETTINGS if name.endswith(".toml") else TABLES)


def put(path: Path, content: str | bytes | None) -> None:
    """Write a file, or remove it where there is no content."""
    if content is None:
        path.unlink(missing_ok=True)
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def outcome(folder: Path, scenario: str | None) -> str:
    """Read a case: `case`, or `faults` after a look at each of them. Any other error is let through."""
    try:
        assemble(load_tables(folder, scenario))
    except CaseError as error:
        assert error.faults and str(error)
        assert all(fault.where and fault.what and fault.fix for fault in error.faults)
        return "faults"
    return "case"
