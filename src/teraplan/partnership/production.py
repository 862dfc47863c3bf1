"""Production games (Owen 1975): partners pool resources, and a coalition is worth the most that its own can earn.

    v(S) = max profit @ made   where   use @ made <= resources of S,  made >= 0

The prices of the resources in the plan of all together, times what each partner brings, is a split in the core.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from teraplan.errors import ArgumentError, Fault, LimitReached
from teraplan.floats import as_floats
from teraplan.partnership.core import WorstCoalition, paid_to, single
from teraplan.partnership.game import Coalition, coalitions, refuse

Floats = NDArray[np.float64]
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Production:
    """What can be made of pooled resources, and who brings which. Make one with `production_game`."""

    profit: Floats
    """By product [money / product]."""
    use: Floats
    """By resource and product [resource / product]; negative where a product yields a resource."""
    brings: Mapping[str, Floats]
    """By player: its resources, none negative [resource]."""


def production_game(profit: ArrayLike, use: ArrayLike, brings: Mapping[str, ArrayLike]) -> Production:
    """Return a production game, checked.

    profit: by product; use: resource x product; brings: for every player its resources, none negative.
    Raises ArgumentError with every fault: shapes that do not fit, numbers not finite, negative resources, nobody.
    """
    try:
        made = Production(
            as_floats(profit), as_floats(use), {name: as_floats(amounts) for name, amounts in dict(brings).items()}
        )
    except (TypeError, ValueError) as error:
        fault = Fault("profit, use or brings", f"is not an array of numbers: {error}", "give numbers")
        raise ArgumentError("production game", (fault,)) from None
    refuse(list(_faults(made)), "production game")
    return made


def owen_point(game: Production) -> dict[str, float]:
    """Return what each player's resources are worth at the prices of the plan of all together [money].

    It lies in the core: no coalition can earn more alone. Where several prices are optimal (the plan is degenerate) it
    is one of several such splits. Raises ArgumentError where profit has no limit.
    """
    _made(game)
    prices = _plan(game, np.sum(list(game.brings.values()), axis=0))[1]
    return {name: float(prices @ amounts) for name, amounts in game.brings.items()}


def production_values(game: Production) -> dict[Coalition, float]:
    """Return the worth of every coalition [money], for `shapley`, `nucleolus` and the like.

    A basis that is optimal for one coalition is so for every coalition in which it makes nothing negative, because
    coalitions differ in resources alone. So a linear program is solved only for those that no known basis serves.
    Raises ArgumentError where profit has no limit.
    """
    _made(game)
    players = list(game.brings)
    resources = np.zeros((1, len(game.use)))
    for name in players:
        resources = np.concatenate([resources, resources + game.brings[name]])
    resources = resources[1:]
    worth, left = np.zeros(len(resources)), np.arange(len(resources))
    while len(left):
        made, prices = _plan(game, resources[left[-1]])
        served, earned = _served(game, _basis(game, resources[left[-1]], made, prices), resources[left])
        served[-1], earned[-1] = True, game.profit @ made
        worth[left[served]] = earned[served]
        left = left[~served]
    return dict(zip(coalitions(players), map(float, worth), strict=True))


def worst_production_coalition(game: Production, payoff: Mapping[str, float]) -> WorstCoalition:
    """Return the coalition, other than nobody and everybody, with the largest excess v(S) - x(S) [money].

    One mixed-integer program in which membership is a choice, so that no coalition is listed: it serves partnerships
    of more players than can be counted out. Its answer is within 1e-6 of the largest. Raises ArgumentError as
    `in_core` does, for a single player, and where profit has no limit.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp  # here for the same reason as in _plan

    _made(game)
    players = tuple(game.brings)
    refuse(single(players), "production game")
    _plan(game, np.sum(list(game.brings.values()), axis=0))
    paid = np.array([float(amount) for amount in paid_to(players, payoff)])
    products, count = len(game.profit), len(players)
    brought = np.array([game.brings[name] for name in players]).T
    pooled = LinearConstraint(np.hstack([game.use, -brought]), ub=0.0)
    some = LinearConstraint(np.concatenate([np.zeros(products), np.ones(count)]), lb=1.0, ub=count - 1.0)
    joined = np.repeat([0, 1], [products, count])
    most = np.where(joined == 1, 1.0, np.inf)
    gain = np.concatenate([game.profit, -paid])
    solved = milp(
        -gain, integrality=joined, bounds=Bounds(0.0, most), constraints=[pooled, some], options={"mip_rel_gap": 0.0}
    )
    if solved.status != 0:
        raise LimitReached(f"HiGHS stopped on a production game: {solved.message}")
    members = np.round(solved.x[products:]).astype(bool)
    made = _plan(game, brought[:, members].sum(axis=1))[0]
    names = frozenset(name for name, member in zip(players, members, strict=True) if member)
    return WorstCoalition(names, float(game.profit @ made - paid[members].sum()))


def _made(game: Production) -> None:
    if not isinstance(game, Production):
        refuse([Fault("game", f"{game!r} is no production game", "make one with production_game")], "production game")


def _plan(game: Production, resources: Floats) -> tuple[Floats, Floats]:
    """What is made of some resources, and their prices."""
    from scipy.optimize import linprog  # here, because it would double what importing this room takes

    solved = linprog(-game.profit, A_ub=game.use, b_ub=resources, method="highs-ds")
    if solved.status == 3:
        what = "profit has no limit: some product, or mix of products, uses nothing that is scarce"
        refuse([Fault("use", what, "give every product a resource that it uses")], "production game")
    if solved.status != 0:
        raise LimitReached(f"HiGHS stopped on a production game: {solved.message}")
    return solved.x, -solved.ineqlin.marginals


def _basis(game: Production, resources: Floats, made: Floats, prices: Floats) -> list[int]:
    """Columns, products and then left-over resources, that make up the plan: what is positive, then what may be."""
    columns, earned = _columns(game)
    level = np.concatenate([made, resources - game.use @ made])
    lost = prices @ columns - earned
    positive = level > TOLERANCE * max(1.0, float(level.max()))
    likely = [*np.flatnonzero(positive), *np.flatnonzero(~positive & (lost <= TOLERANCE * _size(earned)))]
    chosen: list[int] = []
    directions = np.zeros((0, len(game.use)))
    for place in likely:
        left = columns[:, place] - directions.T @ (directions @ columns[:, place])
        if np.linalg.norm(left) > 1e-7 * np.linalg.norm(columns[:, place]):
            chosen.append(int(place))
            directions = np.vstack([directions, left / np.linalg.norm(left)])
    return chosen


def _served(game: Production, basis: list[int], resources: Floats) -> tuple[NDArray[np.bool_], Floats]:
    """For which resources (one row each) a basis is optimal, and what these earn; for none if it is no basis."""
    columns, earned = _columns(game)
    if len(basis) < len(game.use):
        return np.zeros(len(resources), dtype=bool), np.zeros(len(resources))
    inverse = np.linalg.inv(columns[:, basis])
    prices = earned[basis] @ inverse
    optimal = bool((prices @ columns >= earned - TOLERANCE * _size(earned)).all())
    level = resources @ inverse.T
    served = (level >= -TOLERANCE * np.maximum(1.0, np.abs(level).max(axis=1, keepdims=True))).all(axis=1)
    return served & optimal, resources @ prices


def _columns(game: Production) -> tuple[Floats, Floats]:
    count = len(game.use)
    return np.hstack([game.use, np.eye(count)]), np.concatenate([game.profit, np.zeros(count)])


def _size(earned: Floats) -> float:
    return float(np.abs(earned).max(initial=0.0)) or 1.0


def _faults(game: Production) -> Iterator[Fault]:
    if not game.brings:
        yield Fault("brings", "nobody brings anything", "give every player its resources")
    if game.profit.ndim != 1 or game.use.ndim != 2 or game.use.shape[1:] != game.profit.shape:
        what = f"profit has shape {game.profit.shape} and use {game.use.shape}"
        yield Fault("use", what, "give profit by product, and use as a row by resource of a column by product")
        return
    for where, numbers in {"profit": game.profit, "use": game.use}.items():
        if not np.isfinite(numbers).all():
            yield Fault(where, "holds something that is not a finite number", "give numbers")
    for name, amounts in game.brings.items():
        if amounts.shape != game.use.shape[:1]:
            what = f"has shape {amounts.shape}, but there are {len(game.use)} resources"
            yield Fault(f"resources of {name!r}", what, "give one number a resource")
        elif not (np.isfinite(amounts) & (amounts >= 0)).all():
            yield Fault(f"resources of {name!r}", "hold a number that is negative, or none", "give 0 or more")
