"""Tables on a terminal: plain text, the first column to the left, numbers to the right."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

WIDTH = 110


def table_of(title: str, columns: Sequence[str]) -> Table:
    """Return an empty table with these columns."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for position, column in enumerate(columns):
        table.add_column(column, justify="left" if position == 0 else "right", overflow="fold")
    return table


def text_of(table: Table) -> str:
    """Return a table as text without colours."""
    console = Console(width=WIDTH, color_system=None, markup=False)
    with console.capture() as captured:
        console.print(table)
    return captured.get().rstrip()
