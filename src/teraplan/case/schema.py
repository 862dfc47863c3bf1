"""What a table of a case is made of: its columns, and those that every number or row carries."""

from dataclasses import dataclass

GRADES = ("measured", "reported", "estimated", "forecast", "assumption")


@dataclass(frozen=True)
class Column:
    """One column of a table.

    kind: label, pattern (a label that may contain `*`), year, date (year, decimal year or ISO date), number, whole (a
    whole number), flag, text. positive: above zero. refers: the table whose first column declares its labels. later:
    entries that the format knows and this version does not plan with, `*` for every entry; they are faults.
    """

    name: str
    kind: str
    meaning: str
    required: bool = False
    key: bool = False
    default: object = None
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    positive: bool = False
    refers: str = ""
    later: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One CSV file. `long` tables carry value and unit; `sourced` ones a source and a grade on every row.

    ends: whether an empty value is allowed, and ends what came before it.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    long: bool = False
    sourced: bool = True
    required: bool = False
    ends: bool = False

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that identify a row."""
        return tuple(column.name for column in self.columns if column.key)

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """The table's own columns and those that every number or row carries."""
        return (*self.columns, *(NUMBER if self.long else ()), *(PROVENANCE if self.sourced else ()), NOTE)


NOTE = Column("note", "text", "why, or what to know")
NUMBER = (
    Column("value", "number", "the number; empty ends a rule, limit, share or tax"),
    Column("unit", "text", "its unit, read by pint", required=True),
    Column("low", "number", "5th percentile"),
    Column("high", "number", "95th percentile"),
    Column(
        "distribution",
        "text",
        "how it is spread between low and high; empty is triangular; read by samples",
        choices=("fixed", "triangular", "uniform", "lognormal", "normal"),
    ),
    Column("money_year", "year", "year of the money; empty is the base year"),
)
PROVENANCE = (
    Column("source", "label", "id in sources; empty only for an assumption", refers="sources"),
    Column("grade", "text", "how it is known", required=True, choices=GRADES),
    Column("known_on", "date", "when it was published; a case with known_by leaves out what came later"),
)
