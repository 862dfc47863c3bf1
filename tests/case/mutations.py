"""Random damage to the files of a case, seeded: what people, spreadsheets and disks do to tables."""

from collections.abc import Callable
from random import Random

JUNK = (
    "", " ", "*", "**", "a*", "not", "nan", "inf", "-inf", "-1", "0", "1e308", "1e-320", "99999999999999999999", "0x10",
    "1,5", "1;5", "yes", "no", "true", "none", "null", "#REF!", "=1+1", "@x", "+A1(", "WLD", "each", "USA", "fab",
    "chip", "compute", "out", "in", "build", "quantity", "capex", "2025", "2025.5", "1899", "2025-13-45", "2300",
    "../../x", "\\", "'", "é", "\u202e", "\ufeff", "🙂", "a" * 300, "%", "USD", "EUR/GW", "1/0", "9**9**9", "((",
    "m**2", "degC", "kg m", "A.B", "x|y", "2026..", "out:chip", "use:", "arrivals", "order", "assumption", "measured",
    "sliced", "world", "count",
)  # fmt: skip

Mutation = Callable[[str, Random], str | bytes]


def cut_bytes(text: str, random: Random) -> bytes:
    """Leave out a stretch of bytes, in the middle of letters, too."""
    raw = text.encode()
    start = random.randrange(len(raw) or 1)
    return raw[:start] + raw[start + random.choice((1, 3, 10, 100)) :]


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


ANYWHERE: tuple[Mutation, ...] = (cut_bytes, repeat_line, drop_line)
TABLES: tuple[Mutation, ...] = (*ANYWHERE, swap_cells, swap_columns, junk_cell, junk_cell, junk_cell, junk_column)
SETTINGS: tuple[Mutation, ...] = (*ANYWHERE, junk_setting, junk_setting, junk_setting)


def mutated(name: str, text: str, random: Random) -> str | bytes:
    """Return a file after one random mutation that suits it."""
    return random.choice(SETTINGS if name.endswith(".toml") else TABLES)(text, random)
