"""The section about regret: what several plans cost in several futures beside the best of each."""

import polars as pl

from teraplan.report.parts import Cell, Grid, Heat, Section, grid_of
from teraplan.report.words import Names, amount, capital, joined, number, percent, plain
from teraplan.results.results import Results

TITLE = "Which plan would be regretted least"
MOVED = "*"
"""Behind a regret in a future that does not allow all that is held."""


def regret(results: Results | None, names: Names) -> Section:
    """Return the section about regret; without one it is empty."""
    if results is None:
        return Section("regret", TITLE, (), ())
    unit = str(results.run["money_unit"])
    table = results.frame("costs").drop("reason")
    grid = grid_of(table, "Cost and regret of every plan in every future", digits=5)
    return Section("regret", TITLE, tuple(sentences(results)), (_heat(results, unit), _reasons(results), grid))


def sentences(results: Results) -> list[str]:
    """Return which plan has the smallest largest regret, what each plan's largest is, and what could not be held."""
    unit, regrets, costs = str(results.run["money_unit"]), results.frame("regrets"), results.frame("costs")
    told = [_minimax(results, unit), *(_plan(row, unit) for row in regrets.iter_rows(named=True))]
    moved = costs.filter(pl.col("moved") > 0).sort("moved", descending=True, maintain_order=True)
    if moved.height:
        told.append(f"{MOVED} Not all that is held is possible there; the orders come as near to it as can be:")
    return [*told, *(_moved(str(plan), mine, unit) for (plan,), mine in moved.group_by("plan", maintain_order=True))]


def marked(regret: float, moved: float) -> str:
    """Return a regret as a cell of the table, with a mark where orders were moved."""
    return f"{number(regret)}{MOVED if moved else ''}"


def _moved(plan: str, mine: pl.DataFrame, unit: str) -> str:
    """How much of a plan's orders each future does not allow, and why the one that allows least of them does not."""
    parts = [
        f"{amount(moved, unit)} in {_said(future)}" for future, moved in mine.select("future", "moved").iter_rows()
    ]
    return f"of {_said(plan)} {joined(parts)} ({mine['reason'][0]})."


def _minimax(results: Results, unit: str) -> str:
    name = str(results.run["minimax"])
    futures = joined([_said(future) for future in results.frame("futures")["future"]])
    row = results.frame("regrets").filter("minimax").row(0, named=True)
    if row["largest"] == 0:
        return f"{_said(name)} is the minimax-regret plan: it is the best in every future ({futures})."
    return (
        f"{_said(name)} is the minimax-regret plan: in the worst of the futures ({futures}) it costs "
        f"{amount(row['largest'], unit)} more than the best that could have been done there."
    )


def _plan(row: dict[str, object], unit: str) -> str:
    held = (
        "all its orders are held" if row["until"] is None else f"its orders to {float(str(row['until'])):.0f} are held"
    )
    if row["largest"] == 0:
        return f"{_said(str(row['plan']))} ({held}) is never regretted."
    return (
        f"{_said(str(row['plan']))} ({held}): at most {amount(float(str(row['largest'])), unit)} is regretted, in "
        f"{_said(str(row['where']))}; {amount(float(str(row['mean'])), unit)} on average."
    )


def _heat(results: Results, unit: str) -> Heat:
    costs, futures = results.frame("costs"), results.frame("futures")["future"].to_list()
    deepest = float(costs["regret"].max() or 0.0)  # type: ignore[arg-type]
    rows = []
    for plan, largest in results.frame("regrets").select("plan", "largest").iter_rows():
        mine = {row["future"]: row for row in costs.filter(pl.col("plan") == plan).iter_rows(named=True)}
        cells = tuple(_cell(mine[future], deepest) for future in futures)
        rows.append((_said(plan), f"at most {number(largest)}", cells))
    caption = f"Regret of each plan (rows) in each future (columns), {unit} of the base year, discounted"
    return Heat(caption, tuple(_said(future) for future in futures), tuple(rows), "Plan")


def _cell(row: dict[str, object], deepest: float) -> Cell:
    value, moved = float(str(row["regret"])), float(str(row["moved"]))
    share = f" ({percent(float(str(row['relative'])))})" if value else ""
    return Cell(marked(value, moved) + share, 0.8 * (value / deepest) ** 0.5 if deepest else 0.0)


def _reasons(results: Results) -> Grid:
    best = results.frame("futures").rename({"best": "cost of the best", "unserved": "target not served"})
    return grid_of(best, "The best of each future, planned with the future known", digits=5)


def _said(name: str) -> str:
    return capital(plain(name))
