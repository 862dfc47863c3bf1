"""Dantzig's transport case, the first example of GAMS: two canneries, three markets, freight by distance.

G. B. Dantzig, Linear Programming and Extensions, Princeton University Press 1963, chapter 3.3. The published answer is
153.675 thousand dollars; the marginal values of demand are 0.225, 0.153 and 0.126 thousand dollars a case, those of
supply are zero: San Diego has cases left, and Seattle's last case can go where San Diego's go at the same cost.
"""

from pathlib import Path

import pytest

from model.small_cases import Tables, demand, duals, existing, goods, plant, small_case, solved, values

FREIGHT = 0.09
"""Thousand dollars a case and thousand miles."""
SUPPLY = {"seattle": 350.0, "san-diego": 600.0}
DEMAND = {"new-york": 325.0, "chicago": 300.0, "topeka": 275.0}
MILES = {
    ("seattle", "new-york"): 2.5,
    ("seattle", "chicago"): 1.7,
    ("seattle", "topeka"): 1.8,
    ("san-diego", "new-york"): 2.5,
    ("san-diego", "chicago"): 1.8,
    ("san-diego", "topeka"): 1.4,
}


def transport() -> list[Tables]:
    """Canneries that exist, routes with freight, a year of demand that must be met."""
    routes = [
        {"commodity": "cases", "origin": origin, "destination": destination, "cost": FREIGHT * miles}
        for (origin, destination), miles in MILES.items()
    ]
    return [
        {"regions": [{"region": place} for place in (*SUPPLY, *DEMAND)]},
        goods("cases"),
        plant("cannery", {"cases": 1}),
        *(existing("cannery", most, place) for place, most in SUPPLY.items()),
        *(demand("cases", cases, place) for place, cases in DEMAND.items()),
        {"routes": routes},
    ]


def test_dantzigs_transport_case(tmp_path: Path) -> None:
    solution = solved(small_case(tmp_path, *transport(), period=[(2025, 2026, 1)]))
    assert solution.objective == pytest.approx(153.675, abs=1e-9)
    prices = duals(solution, "commodity_balance", "place")
    assert {place: prices[place,] for place in DEMAND} == pytest.approx(
        {"new-york": 0.225, "chicago": 0.153, "topeka": 0.126}
    )
    assert {place: prices[place,] for place in SUPPLY} == pytest.approx({"seattle": 0.0, "san-diego": 0.0}, abs=1e-9)
    sent = values(solution, "ship")
    assert sum(amount for (_, origin, *_), amount in sent.items() if origin == "san-diego") <= 600
    assert sent["cases", "seattle", "chicago", "2025"] == pytest.approx(300)
    assert sent["cases", "san-diego", "topeka", "2025"] == pytest.approx(275)
