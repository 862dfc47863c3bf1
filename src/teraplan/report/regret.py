"""The section about regret: what several plans cost in several futures beside the best of each."""

import polars as pl

from teraplan.report.parts import Cell, Grid, Heat, Section, grid_of
from teraplan.report.words import Names, amount, joined, number, with_shocks
from teraplan.results.results import Results

TITLE = "Which plan would be regretted least"
MOVED = "*"
"""Behind a regret in a future that does not allow all that is held."""


def regret(results: Results | None, names: Names) -> Section:
    """Return the section about regret; without one it is empty."""
    if results is None:
        return Section("regret", TITLE, (), ())
    unit, costs = str(results.run["money_unit"]), results.frame("costs")
    parts: list[Heat | Grid] = [_heat(results, unit), _best(results)]
    moved = _moved(results)
    if moved.height:
        told = moved.with_columns(pl.col("plan", "future").map_elements(_said, return_dtype=pl.String))
        parts.append(grid_of(told.rename({"moved": f"moved, {unit}"}), "What a plan holds and a future does not allow"))
    parts.append(grid_of(costs.drop("reason"), "Cost and regret of every plan in every future", digits=5))
    return Section("regret", TITLE, tuple(_lead(results)), tuple(parts))


def sentences(results: Results) -> list[str]:
    """Return which plan has the smallest largest regret, what each plan's largest is, and what could not be held."""
    unit, moved = str(results.run["money_unit"]), _moved(results)
    minimax, *rest = _lead(results)
    each = [_plan(row, unit) for row in results.frame("regrets").iter_rows(named=True)]
    gone = [_of_plan(str(plan), mine, unit) for (plan,), mine in moved.group_by("plan", maintain_order=True)]
    return [minimax, *each, *rest, *gone]


def _lead(results: Results) -> list[str]:
    told = [_minimax(results, str(results.run["money_unit"]))]
    moved = _moved(results)
    if moved.height:
        row = moved.row(0, named=True)
        most = amount(row["moved"], str(results.run["money_unit"]))
        told.append(
            f"{MOVED} Not all that a plan holds is possible in that future; its orders come as near to it as can be. "
            f"The most that is moved is {most}, of {_said(row['plan'])} in {_said(row['future'])}."
        )
    return told


def _moved(results: Results) -> pl.DataFrame:
    """What of which plan a future does not allow, most first: plan, future, moved, reason."""
    costs = results.frame("costs").filter(pl.col("moved") > 0)
    return costs.sort("moved", descending=True, maintain_order=True).select("plan", "future", "moved", "reason")


def marked(regret: float, moved: float) -> str:
    """Return a regret as a cell of the table, with a mark where orders were moved."""
    return f"{number(regret)}{MOVED if moved else ''}"


def _of_plan(plan: str, mine: pl.DataFrame, unit: str) -> str:
    """How much of a plan's orders each future does not allow, and why the one that allows least of them does not."""
    parts = [
        f"{amount(moved, unit)} in {_said(future)}" for future, moved in mine.select("future", "moved").iter_rows()
    ]
    return f"{_said(plan)}: {joined(parts)} moved ({mine['reason'][0]})."


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
    held = _until(row["until"])
    if row["largest"] == 0:
        return f"{_said(str(row['plan']))} ({held}) is never regretted."
    return (
        f"{_said(str(row['plan']))} ({held}): at most {amount(float(str(row['largest'])), unit)} is regretted, in "
        f"{_said(str(row['where']))}; {amount(float(str(row['mean'])), unit)} on average."
    )


def _until(year: object) -> str:
    return "all orders held" if year is None else f"orders to {float(str(year)):.0f} held"


def _heat(results: Results, unit: str) -> Heat:
    costs, futures = results.frame("costs"), results.frame("futures")["future"].to_list()
    deepest = float(costs["regret"].max() or 0.0)  # type: ignore[arg-type]
    rows = []
    for plan, largest, until in results.frame("regrets").select("plan", "largest", "until").iter_rows():
        mine = {row["future"]: row for row in costs.filter(pl.col("plan") == plan).iter_rows(named=True)}
        cells = tuple(_cell(mine[future], deepest) for future in futures)
        rows.append((_said(plan), f"at most {number(largest)}, {_until(until)}", cells))
    caption = f"Regret of each plan (rows) in each future (columns), {unit} of the base year, discounted"
    return Heat(caption, tuple(_said(future) for future in futures), tuple(rows), "Plan")


def _cell(row: dict[str, object], deepest: float) -> Cell:
    value, moved = float(str(row["regret"])), float(str(row["moved"]))
    return Cell(marked(value, moved), 0.8 * (value / deepest) ** 0.5 if deepest else 0.0)


def _best(results: Results) -> Grid:
    best = results.frame("futures").rename({"best": "cost of the best", "unserved": "target not served"})
    return grid_of(best, "The best of each future, planned with the future known", digits=5)


def _said(name: str) -> str:
    """A plan or future in words."""
    scenario, *shocks = name.split("+")
    return with_shocks(scenario, shocks)
