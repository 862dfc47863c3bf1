"""What a sample says on a terminal: how far apart the draws lie, what failed, which facts move the answer most."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from teraplan.report.facts import most_moving
from teraplan.report.sample import FOREMOST, fans, sentences
from teraplan.report.worth import worth_of_facts
from teraplan.results.results import Results
from teraplan.uncertainty.samples.draws import SPREAD


def sampled(results: Results) -> str:
    """Return the summary of a sample as text."""
    run = results.run
    lines = [
        f"{run['case']}: {run['draws']} draws of {run['facts']} facts ({run['method']}, seed {run['seed']}), "
        f"{run['failed']} of them without a plan",
        *sentences(results),
    ]
    columns = ("period", "5 %", "25 %", "50 %", "75 %", "95 %", "as written", "unit")
    table = _table(columns, ("period", "unit"))
    for row in fans(results).iter_rows(named=True):
        ends = [f"{row[name]:.4g}" for name in ("p5", "p25", "p50", "p75", "p95", "written")]
        table.add_row(row["quantity"], row["period"] or "", *ends, row["unit"])
    return "\n".join([*lines, "", _text(table), *_candidates(results)])


def _candidates(results: Results) -> list[str]:
    """The candidates that facts are worth something to, or how to ask for them."""
    if "worth" not in results.run:
        more = "What each fact is worth to know before deciding: the same again with --worth 200."
        return ["", more] if results.run["method"] in SPREAD else []
    plans = results.frame("candidates")
    table = _table(("mean cost", "beyond", "error", "best in", "cannot meet", "unit"), ("unit",))
    for row in plans.iter_rows(named=True):
        money = [f"{row[name]:.4g}" for name in ("mean_cost", "beyond", "error")]
        table.add_row(row["plan"], *money, str(row["best_in"]), str(row["cannot_meet"]), row["unit"])
    return ["", _text(table)]


def _table(columns: Sequence[str], words: Sequence[str]) -> Table:
    """A table whose first column has no name; words: columns that hold no numbers."""
    table = Table(box=None, pad_edge=False)
    for title in ("", *columns):
        table.add_column(title, justify="left" if title in ("", *words) else "right", no_wrap=True)
    return table


def _text(table: Table) -> str:
    console = Console(width=120)
    with console.capture() as text:
        console.print(table)
    return text.get().rstrip()


def sample_data(results: Results) -> dict[str, object]:
    """Return the summary of a sample for a program to read."""
    keep = ("case", "kind", "method", "seed", "draws", "failed", "facts", "target", "money_unit")
    judged = {}
    if "worth" in results.run:
        judged = {
            "worth": results.run["worth"],
            "facts_worth_most": worth_of_facts(results, FOREMOST).to_dicts(),
            "candidates": results.frame("candidates").to_dicts(),
        }
    return {
        **{name: results.run[name] for name in keep},
        "fans": fans(results).to_dicts(),
        "facts_that_move_most": most_moving(results, FOREMOST).to_dicts(),
        **judged,
        "failures": results.frame("failures").to_dicts(),
        "sentences": list(sentences(results)),
    }
