"""What a sample says on a terminal: how far apart the draws lie, what failed, which facts move the answer most."""

from teraplan.cli.tables import table_of, text_of
from teraplan.report.facts import FOREMOST, most_moving
from teraplan.report.sample import fans, sentences
from teraplan.report.worth import worth_of_facts
from teraplan.results.results import Results
from teraplan.uncertainty.samples.draws import SPREAD

WIDTH = 120


def sampled(results: Results) -> str:
    """Return the summary of a sample as text."""
    run = results.run
    lines = [
        f"{run['case']}: {run['draws']} draws of {run['facts']} facts ({run['method']}, seed {run['seed']}), "
        f"{run['failed']} of them without a plan",
        *sentences(results),
    ]
    columns = ("", "period", "5 %", "25 %", "50 %", "75 %", "95 %", "as written", "unit")
    table = table_of("Quantiles of the draws", columns, ("period", "unit"))
    for row in fans(results).iter_rows(named=True):
        ends = [f"{row[name]:.4g}" for name in ("p5", "p25", "p50", "p75", "p95", "written")]
        table.add_row(row["quantity"], row["period"] or "", *ends, row["unit"])
    return "\n".join([*lines, "", text_of(table, WIDTH), *_candidates(results)])


def _candidates(results: Results) -> list[str]:
    """The candidates that facts are worth something to, or how to ask for them."""
    if "worth" not in results.run:
        more = "What each fact is worth to know before deciding: the same again with --worth 200."
        return ["", more] if results.run["method"] in SPREAD else []
    plans = results.frame("candidates")
    columns = ("", "mean cost", "beyond", "error", "best in", "cannot meet", "unit")
    table = table_of("Candidate plans, the best first", columns, ("unit",))
    for row in plans.iter_rows(named=True):
        money = [f"{row[name]:.4g}" for name in ("mean_cost", "beyond", "error")]
        table.add_row(row["plan"], *money, str(row["best_in"]), str(row["cannot_meet"]), row["unit"])
    return ["", text_of(table, WIDTH)]


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
