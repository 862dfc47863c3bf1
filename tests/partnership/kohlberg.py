"""Whether a payoff is the nucleolus, by Kohlberg's criterion: code that did not find it, with another solver.

For every level of excess, the coalitions with at least that excess must be balanced: positive weights on all of them
(and weights, none negative, on players held at what they have alone) that give every player the same sum. Positive on
all: for each coalition apart there are weights of zero or more that are positive on it; their mean is positive on all.
Source: Kohlberg (1971), On the nucleolus of a characteristic function game.
"""

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
from scipy.optimize import linprog

from teraplan.partnership.game import Coalition


def is_nucleolus(values: Mapping[Coalition, Fraction], payoff: Mapping[str, Fraction], floor: bool = True) -> bool:
    """Return whether Kohlberg's criterion holds; values and payoff are exact, so that equal excesses are equal."""
    players = sorted(payoff)
    everybody = frozenset(players)
    if sum(payoff.values()) != values[everybody]:
        return False
    if floor and any(payoff[name] < values[frozenset({name})] for name in players):
        return False
    excess = {
        group: worth - sum(payoff[name] for name in group)
        for group, worth in values.items()
        if group and group != everybody
    }
    held = [frozenset({name}) for name in players if floor and payoff[name] == values[frozenset({name})]]
    for level in sorted(set(excess.values()), reverse=True):
        group = [one for one in excess if excess[one] >= level]
        if not _balanced(group, held, players):
            return False
        if np.linalg.matrix_rank(
            np.array([[name in one for name in players] for one in [*group, everybody]], float)
        ) == len(players):
            return True
    return True


def _balanced(group: list[Coalition], held: list[Coalition], players: list[str]) -> bool:
    columns = np.array([[float(name in one) for one in [*group, *held]] for name in players])
    for place in range(len(group)):
        aim = np.zeros(columns.shape[1])
        aim[place] = -1.0
        solved = linprog(aim, A_eq=columns, b_eq=np.ones(len(players)), bounds=(0, None))
        if solved.status == 3:
            continue
        if solved.status != 0 or solved.fun > -1e-7:
            return False
    return True
