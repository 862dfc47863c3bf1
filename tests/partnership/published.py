"""Games with known answers, as mappings from coalitions to values."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations

from teraplan.partnership.game import Coalition, coalitions

Game = dict[Coalition, Fraction]

# Lemaire (1991), Cooperative game theory and its insurance applications.
_LEMAIRE = {"1": 46125, "2": 17437.5, "3": 5812.5, "12": 69187.5, "13": 53812.5, "23": 30750, "123": 90000}
LEMAIRE = {frozenset(names): worth for names, worth in _LEMAIRE.items()}

# Manual of the R package CoopGame: values by size of the coalition, then by name.
FOUR = dict(
    zip(
        [frozenset(group) for size in range(1, 5) for group in combinations("1234", size)],
        [0, 0, 0, 0, 5, 5, 8, 9, 10, 8, 13, 15, 16, 17, 21],
        strict=True,
    )
)


def by_members(players: str, values: Sequence[object]) -> Game:
    """Return the game of values in the order of an index: 1, 12, 123, 13, 2, 23, 3 for players 1, 2, 3."""
    groups = sorted(group for size in range(1, len(players) + 1) for group in combinations(players, size))
    return {frozenset(group): Fraction(str(value)) for group, value in zip(groups, values, strict=True)}


# Guajardo, Jörnsten (2015), Common mistakes in computing the nucleolus, European Journal of Operational Research 241,
# who recompute games of Hasan et al. (2011) and Oh and Shin (2012), both of costs, and of Sakawa et al. (2001).
BROADCAST = by_members("1234", [-8, -8, -10, -20, -19, -10, -20, -19, -1, -10, -13, -12, -10, -12, -11])
MANUFACTURING = by_members("123", [-375144, -568232, -772500, -551055, -245280, -452411, -211239])
_PRODUCTION = """0.060 0.378 0.536 0.906 1 0.573 0.747 0.874 0.485 0.144 0.546 0.634 0.255 0.408 0.561 0.182
    0.168 0.337 0.706 0.801 0.379 0.538 0.668 0.279 0.03 0.383 0.473 0.083 0.249 0.386 0"""
PRODUCTION = by_members("12345", _PRODUCTION.split())

# Ferguson, Game Theory (lecture notes, UCLA): coalitional form.
FERGUSON = by_members("123", [-1, 3, 5, 4, 0, 2, 1])

SIX = ("lab", "investors", "chipmaker", "tools", "power", "memory")


def six_partners(coalition: Coalition) -> Fraction:
    """Nothing without lab and chipmaker; each of the others that is missing holds the rest back."""
    if not {"lab", "chipmaker"} <= coalition:
        return Fraction(0)
    limits = {"tools": 50, "power": 60, "memory": 45}
    capital = 100 if "investors" in coalition else 40
    return Fraction(min([capital, *(limit for name, limit in limits.items() if name not in coalition)]))


def tabled(players: Sequence[str], value: Callable[[Coalition], object]) -> Game:
    """Return the game of a function, every value a fraction."""
    return {coalition: Fraction(value(coalition)) for coalition in coalitions(players)}  # type: ignore[arg-type]


def bankruptcy(estate: int, claims: dict[str, int]) -> Game:
    """What a coalition can be sure of: the estate less all that the others claim."""
    return tabled(
        list(claims),
        lambda group: max(0, estate - sum(claim for name, claim in claims.items() if name not in group)),
    )


def airport(costs: dict[str, int]) -> Game:
    """Costs of a runway for the largest aircraft of a coalition, as negative values."""
    return tabled(list(costs), lambda group: -max(costs[name] for name in group))


def gloves(left: int, right: int) -> Game:
    """A pair is worth 1; players l0, l1, ... hold a left glove, r0, r1, ... a right one."""
    names = [*(f"l{place}" for place in range(left)), *(f"r{place}" for place in range(right))]
    return tabled(names, lambda group: min(sum(name[0] == side for name in group) for side in "lr"))


def majority(shares: dict[str, int], quota: int) -> Game:
    """A coalition is worth 1 if its shares reach the quota."""
    return tabled(list(shares), lambda group: int(sum(shares[name] for name in group) >= quota))
