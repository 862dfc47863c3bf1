"""What a sample says on a terminal: how far apart the draws lie, what failed, which facts move the answer most."""

from rich.console import Console
from rich.table import Table

from teraplan.report.sample import FOREMOST, fans, most_moving, sentences
from teraplan.results.results import Results


def sampled(results: Results) -> str:
    """Return the summary of a sample as text."""
    run = results.run
    lines = [
        f"{run['case']}: {run['draws']} draws of {run['facts']} facts ({run['method']}, seed {run['seed']}), "
        f"{run['failed']} of them without a plan",
        *sentences(results),
    ]
    table = Table(box=None, pad_edge=False)
    for title in ("", "period", "5 %", "25 %", "50 %", "75 %", "95 %", "as written", "unit"):
        table.add_column(title, justify="left" if title in ("", "period", "unit") else "right", no_wrap=True)
    for row in fans(results).iter_rows(named=True):
        ends = [f"{row[name]:.4g}" for name in ("p5", "p25", "p50", "p75", "p95", "written")]
        table.add_row(row["quantity"], row["period"] or "", *ends, row["unit"])
    console = Console(width=120)
    with console.capture() as text:
        console.print(table)
    return "\n".join([*lines, "", text.get().rstrip()])


def sample_data(results: Results) -> dict[str, object]:
    """Return the summary of a sample for a program to read."""
    keep = ("case", "kind", "method", "seed", "draws", "failed", "facts", "target", "money_unit")
    return {
        **{name: results.run[name] for name in keep},
        "fans": fans(results).to_dicts(),
        "facts_that_move_most": most_moving(results, FOREMOST).to_dicts(),
        "failures": results.frame("failures").to_dicts(),
        "sentences": list(sentences(results)),
    }
