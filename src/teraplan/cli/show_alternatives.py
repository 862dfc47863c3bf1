"""What `teraplan alternatives` prints: how far each group can go at each slack, and what that means."""

import polars as pl

from teraplan.cli.tables import table_of, text_of
from teraplan.report.alternatives import spent, verdicts
from teraplan.report.words import number
from teraplan.results.results import Results
from teraplan.uncertainty.alternatives import HOPS, RANDOM


def alternatives(found: Results) -> str:
    """Return a table of ranges, one column a slack, and what they mean in sentences."""
    ranges = found.frame("ranges")
    slacks = ranges["slack"].unique().sort().to_list()
    percents = [f"at {100 * slack:g} %" for slack in slacks]
    table = table_of("How far each group can go", ["", "unit", "optimum", *percents])
    for (group, unit), mine in ranges.group_by("group", "unit", maintain_order=True):
        said = [
            f"{number(least)} to {number(most) if most < float('inf') else 'no end'}"
            for least, most in mine.sort("slack").select("least", "most").iter_rows()
        ]
        table.add_row(str(group), str(unit), number(mine["optimum"][0]), *said)
    further = found.frame("plans").filter(pl.col("aim").is_in([RANDOM, HOPS])).height
    more = (
        [f"{further} further plans are in the table `plans` of what is stored, and in the report."] if further else []
    )
    return "\n".join([text_of(table), spent(found), *verdicts(found), *more])


def alternatives_data(found: Results) -> dict[str, object]:
    """Return alternatives as a program reads them; what has no end is null."""
    finite = pl.when(pl.col("most").is_finite()).then("most").alias("most")
    ranges = found.frame("ranges").with_columns(finite)
    return {**found.run, "ranges": ranges.to_dicts(), "plans": found.frame("plans").to_dicts()}
