"""What `teraplan regret` prints: the regret of each plan in each future, and what that means."""

from teraplan.cli.tables import table_of, text_of
from teraplan.report.regret import marked, sentences
from teraplan.report.words import number
from teraplan.results.results import Results


def regret(found: Results) -> str:
    """Return the table of regrets, a row a plan and a column a future, and what it means in sentences."""
    costs, unit = found.frame("costs"), found.run["money_unit"]
    futures = found.frame("futures")
    table = table_of(f"Regret: cost beyond the best of each future [{unit}, discounted]", ["plan", *futures["future"]])
    table.add_row("(cost of the best)", *(number(best, 4) for best in futures["best"]))
    for (plan,), mine in costs.group_by("plan", maintain_order=True):
        table.add_row(str(plan), *(marked(*pair) for pair in mine.select("regret", "moved").iter_rows()))
    return "\n".join([text_of(table), *sentences(found)])


def regret_data(found: Results) -> dict[str, object]:
    """Return costs and regrets as a program reads them."""
    return {**found.run, **{name: found.frame(name).to_dicts() for name in ("costs", "regrets", "futures")}}
