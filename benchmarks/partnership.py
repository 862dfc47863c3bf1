"""Splits of many players and equilibria of many markets: seconds of processor, memory, and how exact.

`python -m benchmarks.partnership` prints the table, each row measured in a fresh process. The production game has 15
partners, 12 resources and 30 products, random; a market has as many firms as markets, with capacities, groups and
rising costs, and is also solved by HiGHS alone, in the units given, not polished.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from fractions import Fraction

import numpy as np

from benchmarks.measuring import in_fresh_process, peak, table
from teraplan.market import cournot
from teraplan.partnership import (
    in_core,
    nucleolus,
    owen_point,
    production_game,
    production_values,
    sampled_shapley,
    shapley,
)
from teraplan.partnership.game import Coalition, coalitions

SEED = 20261126


def main() -> None:
    """Measure one row if it is named, otherwise all; print."""
    if len(sys.argv) > 1:
        started = time.process_time()
        figures = ROWS[sys.argv[1]]()
        print(json.dumps({"seconds": time.process_time() - started, "memory": peak(), **figures}))
        return
    rows = []
    for name in ROWS:
        figures = in_fresh_process("benchmarks.partnership", [name])
        seconds, memory = figures.pop("seconds"), figures.pop("memory")
        said = ", ".join(f"{what} {figure:.3g}" for what, figure in figures.items())
        rows.append([name, f"{seconds:.2f}", f"{memory:.0f}", said])
    print("\n".join(table(["what", "CPU s", "MB", "figures"], rows)))


def random_game(players: int, exact: bool) -> Mapping[Coalition, Fraction | float]:
    """Return a game in which larger coalitions are worth more, as fractions (hundredths) or floats."""
    rng = np.random.default_rng(SEED)
    names = [f"p{place:02}" for place in range(players)]
    worth = {group: len(group) ** 1.5 + rng.random() for group in coalitions(names)}
    return {group: Fraction(round(100 * value), 100) if exact else value for group, value in worth.items()}


def split(rule: Callable[..., dict[str, object]], players: int, exact: bool) -> dict[str, float]:
    """Return how far a split of a random game is from sharing out what everybody is worth."""
    game = random_game(players, exact)
    started = time.process_time()
    found = rule(game)
    seconds = time.process_time() - started
    return {"s without making the game": seconds, "off by": abs(float(sum(found.values()) - game[max(game, key=len)]))}  # type: ignore[call-overload]


def production() -> dict[str, float]:
    """Return the seconds of each step of a production game of 15 partners, and whether its splits hold."""
    rng = np.random.default_rng(SEED)
    brings = {f"p{place:02}": rng.integers(0, 20, 12) * (rng.random(12) < 0.5) for place in range(15)}
    game = production_game(rng.integers(1, 20, 30), rng.integers(0, 5, (12, 30)) + np.eye(12, 30), brings)
    marks = [time.process_time()]

    def lap() -> float:
        marks.append(time.process_time())
        return marks[-1] - marks[-2]

    values = production_values(game)
    figures = {"values s": lap()}
    shapley(values)
    figures["Shapley s"] = lap()
    fair = nucleolus(values)
    figures["nucleolus s"] = lap()
    return {**figures, "nucleolus in core": in_core(values, fair), "Owen in core": in_core(values, owen_point(game))}


def sampled() -> dict[str, float]:
    """Return the largest standard error of 200 pairs of orders of 40 players, in percent of the mean value."""
    rng = np.random.default_rng(SEED)
    size = dict(zip((f"p{place}" for place in range(40)), rng.random(40), strict=True))
    found = sampled_shapley(lambda group: sum(size[name] for name in group) ** 0.5, list(size), 200, rng)
    mean = sum(found.value.values()) / 40
    return {"largest error %": 100 * max(found.error.values()) / mean, "coalitions": found.asked}


def market(firms: int) -> dict[str, float]:
    """Return how far the equilibrium of as many firms as markets misses its conditions, and what HiGHS alone finds."""
    from market.conditions import quadratic_program_by_highs, worst_breach

    rng = np.random.default_rng(SEED)
    groups = rng.integers(0, firms, firms)
    given = {
        "intercept": rng.uniform(50, 150, firms),
        "slope": 10 ** rng.uniform(-2, 2, firms),
        "cost": rng.uniform(0, 90, (firms, firms)),
        "capacity": rng.uniform(0, 40, firms),
        "conduct": rng.choice([0.3, 1.0], firms)[groups],
        "groups": groups,
        "cost_slope": rng.choice([0.0, 1.0], firms),
    }
    marks = [time.process_time()]
    found = cournot(**{**given, "groups": list(groups)})  # type: ignore[arg-type]
    marks.append(time.process_time())
    by_highs = quadratic_program_by_highs(given)
    marks.append(time.process_time())
    price = given["intercept"] - given["slope"] * by_highs.sum(axis=0)
    return {
        "ours s": marks[1] - marks[0],
        "breach": worst_breach(found, given),
        "HiGHS alone s": marks[2] - marks[1],
        "its price off by": float(np.abs(price - found.price).max()),
    }


ROWS: Mapping[str, Callable[[], dict[str, float]]] = {
    "Shapley, 12 players, fractions": lambda: split(shapley, 12, exact=True),
    "Shapley, 15 players, fractions": lambda: split(shapley, 15, exact=True),
    "Shapley, 40 players, 200 pairs of orders": sampled,
    "nucleolus, 12 players, fractions": lambda: split(nucleolus, 12, exact=True),
    "nucleolus, 15 players, fractions": lambda: split(nucleolus, 15, exact=True),
    "nucleolus, 15 players, floats": lambda: split(nucleolus, 15, exact=False),
    "nucleolus, 18 players, floats": lambda: split(nucleolus, 18, exact=False),
    "production game, 15 partners": production,
    "market, 5 firms, 5 markets": lambda: market(5),
    "market, 20 firms, 20 markets": lambda: market(20),
    "market, 30 firms, 30 markets": lambda: market(30),
}
"""What is measured, by the name of its row."""


if __name__ == "__main__":
    main()
