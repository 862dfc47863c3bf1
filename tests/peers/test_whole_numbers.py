"""Published cases of whole numbers with known optima: when to set up a machine, which warehouses to open.

Both are a fixed charge: a process that is bought in one block, so large that it is never too small.
"""

from pathlib import Path

import pytest

from model.small_cases import Tables, cost, demand, goods, plant, site, small_case, solved, values
from teraplan.plan import plan

WAREHOUSES = Path(__file__).with_name("cap41.txt")


def test_when_to_set_up_a_machine(tmp_path: Path) -> None:
    """Twelve months of demand, a setup cost in each, 1 a month for each unit kept: 864.

    H. M. Wagner and T. M. Whitin, Dynamic Version of the Economic Lot Size Model, Management Science 5 (1958) 89-96,
    table 1: setups in months 1, 3, 5, 8, 10 and 11. A month of the paper is a year here; a setup is a block of a
    process that lives for one year.
    """
    asked = (69, 29, 36, 61, 61, 26, 34, 67, 45, 67, 79, 56)
    setup = (85, 102, 102, 101, 98, 114, 105, 86, 119, 110, 98, 114)
    block = float(sum(asked))
    years = range(2025, 2037)
    case = small_case(
        tmp_path,
        goods("good", disposal="none"),
        plant("machine", {"good": 1}, life=1, block=block),
        site("machine"),
        *(cost("machine", "capex", charge / block, year=year) for year, charge in zip(years, setup, strict=True)),
        {"stocks": [{"commodity": "good", "region": "USA", "kind": "carried", "carrying_cost": 1}]},
        demand("good", dict(zip(years, asked, strict=True))),
        period=[(2025, 2037, 1)],
    )
    solution = solved(case)
    assert solution.objective == pytest.approx(864)
    setups = {int(period) - 2024: whole for (*_, period), whole in values(solution, "blocks").items()}
    assert setups == pytest.approx(dict.fromkeys((1, 3, 5, 8, 10, 11), 1))
    made = {int(period) - 2024: amount for (*_, period), amount in values(solution, "activity").items()}
    assert made == pytest.approx({1: 98, 3: 97, 5: 121, 8: 112, 10: 67, 11: 135})


def test_which_warehouses_to_open(tmp_path: Path) -> None:
    """Sixteen sites of 5000 units at most, fifty customers, split deliveries allowed: 1,040,444.375.

    Instance cap41 of the OR-Library (J. E. Beasley, OR-Library: Distributing Test Problems by Electronic Mail, Journal
    of the Operational Research Society 41 (1990) 1069-1072), whose optimum its file capopt gives. The costs of the file
    are for all that a customer asks for; here they are freight for each unit.
    """
    numbers = iter(float(word) for word in WAREHOUSES.read_text().split())
    sites, customers = int(next(numbers)), int(next(numbers))
    opening = [(next(numbers), next(numbers)) for _ in range(sites)]
    asked = [(next(numbers), [next(numbers) for _ in range(sites)]) for _ in range(customers)]
    parts: list[Tables] = [{"regions": [{"region": f"w{w}"} for w in range(sites)]}, goods("good")]
    for w, (most, charge) in enumerate(opening):
        house = f"house{w}"
        parts += [
            plant(house, {"good": 1}, life=1, block=most),
            site(house, f"w{w}"),
            cost(house, "capex", charge / most),
        ]
    for c, (amount, costs) in enumerate(asked):
        freight = {"routes": [
            {"commodity": "good", "origin": f"w{w}", "destination": f"c{c}", "cost": total / amount}
            for w, total in enumerate(costs)
        ]}  # fmt: skip
        parts += [{"regions": [{"region": f"c{c}"}]}, demand("good", amount, f"c{c}"), freight]
    once = [{"limit": f"one{w}", "kind": "order_cumulative_max", "group": f"house{w}", "value": most, "year": 2020}
            for w, (most, _) in enumerate(opening)]  # fmt: skip
    results = plan(small_case(tmp_path, *parts, {"limits": once}, period=[(2025, 2026, 1)]))
    assert results.run["objective"] == pytest.approx(1_040_444.375, rel=1e-9)
    assert results.run["gap"] <= 1e-6
    assert results.run["audit"]["passed"]
