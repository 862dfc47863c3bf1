"""Tables on a terminal: plain text, the first column to the left, numbers to the right."""

from collections.abc import Sequence
from typing import Literal

from rich import box
from rich.console import Console
from rich.table import Table

WIDTH = 110


def table_of(title: str, columns: Sequence[str], words: Sequence[str] = ()) -> Table:
    """Return an empty table with these columns. words: columns beside the first that hold no numbers."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for position, column in enumerate(columns):
        justify: Literal["left", "right"] = "left" if position == 0 or column in words else "right"
        table.add_column(column, justify=justify, overflow="fold")
    return table


def text_of(table: Table, width: int = WIDTH) -> str:
    """Return a table as text without colours, at most so many letters wide."""
    console = Console(width=width, color_system=None, markup=False)
    with console.capture() as captured:
        console.print(table)
    return captured.get().rstrip()
