"""Laws of the splits, on random games in exact fractions."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partnership.kohlberg import is_nucleolus
from partnership.published import airport, bankruptcy
from teraplan.partnership import (
    banzhaf,
    in_core,
    least_core,
    nucleolus,
    owen_point,
    prenucleolus,
    production_game,
    production_values,
    shapley,
    shapley_shubik,
    worst_coalition,
    worst_production_coalition,
)
from teraplan.partnership.game import Coalition, coalitions

Game = dict[Coalition, Fraction]
FEW = settings(max_examples=25, deadline=None)
NAMES = "abcde"


@st.composite
def games(draw: st.DrawFn, least: int = 1, most: int = 5) -> Game:
    """Any worth for any coalition, in quarters; many are equal."""
    names = NAMES[: draw(st.integers(least, most))]
    return {group: Fraction(draw(st.integers(-12, 12)), 4) for group in coalitions(names)}


@st.composite
def convex_games(draw: st.DrawFn) -> Game:
    """Sums of bonuses for groups that are together: such a game has a core."""
    names = NAMES[: draw(st.integers(2, 5))]
    bonus = {group: Fraction(draw(st.integers(0, 6))) for group in coalitions(names)}
    return {group: sum((worth for part, worth in bonus.items() if part <= group), Fraction(0)) for group in bonus}


def renamed(game: Mapping[Coalition, Fraction], names: Mapping[str, str]) -> Game:
    return {frozenset(names[name] for name in group): worth for group, worth in game.items()}


@FEW
@given(games())
def test_shapley_shares_out_what_everybody_is_worth_in_fractions(game: Game) -> None:
    split = shapley(game)
    assert sum(split.values()) == game[max(game, key=len)]
    assert all(isinstance(value, Fraction) for value in split.values())


@FEW
@given(games(), st.integers(-3, 3))
def test_shapley_adds_up_over_games(game: Game, times: int) -> None:
    other = {group: Fraction(len(group) ** 2, 3) - worth for group, worth in game.items()}
    both = {group: game[group] + times * other[group] for group in game}
    first, second = shapley(game), shapley(other)
    assert shapley(both) == {name: first[name] + times * second[name] for name in first}


@FEW
@given(games(most=4), st.integers(-5, 5))
def test_a_dummy_gets_what_it_has_alone(game: Game, alone: int) -> None:
    with_dummy = {
        **game,
        **{group | {"x"}: worth + alone for group, worth in game.items()},
        frozenset("x"): Fraction(alone),
    }
    assert shapley(with_dummy)["x"] == alone == prenucleolus(with_dummy)["x"]


@FEW
@given(games(least=2))
def test_players_who_can_replace_each_other_get_the_same(game: Game) -> None:
    swap = {"a": "b", "b": "a", **{name: name for name in "cde"}}
    mirrored = renamed(game, swap)
    game = {group: game[group] + mirrored[group] for group in game}
    for split in (shapley(game), prenucleolus(game)):
        assert split["a"] == split["b"]


@FEW
@given(games(least=2), st.permutations(NAMES))
def test_names_and_their_order_do_not_matter(game: Game, order: list[str]) -> None:
    names = dict(zip(NAMES, order, strict=True))
    shuffled = renamed(game, names)
    for rule in (shapley, prenucleolus):
        split = rule(game)
        assert rule(shuffled) == {names[name]: value for name, value in split.items()}


@FEW
@given(games(least=2, most=4))
def test_the_prenucleolus_meets_kohlbergs_criterion(game: Game) -> None:
    assert is_nucleolus(game, prenucleolus(game), floor=False)


@FEW
@given(games(least=2, most=4))
def test_the_nucleolus_meets_kohlbergs_criterion(game: Game) -> None:
    everybody = max(game, key=len)
    alone = sum(game[frozenset({name})] for name in everybody)
    game[everybody] = max(game[everybody], alone)
    split = nucleolus(game)
    assert is_nucleolus(game, split)
    assert all(value >= game[frozenset({name})] for name, value in split.items())


def test_kohlbergs_criterion_refuses_what_is_not_the_nucleolus() -> None:
    game = bankruptcy(200, {"a": 100, "b": 200, "c": 300})
    assert is_nucleolus(game, {"a": Fraction(50), "b": Fraction(75), "c": Fraction(75)})
    assert not is_nucleolus(game, {"a": Fraction(50), "b": Fraction(74), "c": Fraction(76)})
    assert not is_nucleolus(game, {"a": Fraction(200, 3), "b": Fraction(200, 3), "c": Fraction(200, 3)})


@FEW
@given(convex_games())
def test_where_there_is_a_core_the_nucleolus_and_of_convex_games_shapley_lie_in_it(game: Game) -> None:
    least = least_core(game)
    assert least.epsilon <= 0
    for split in (nucleolus(game), prenucleolus(game), shapley(game), least.payoff):
        assert in_core(game, split)


@FEW
@given(games(least=2))
def test_the_least_core_is_as_low_as_its_payoff_and_no_duller_one_is_lower(game: Game) -> None:
    least = least_core(game)
    assert worst_coalition(game, least.payoff).excess == least.epsilon
    assert worst_coalition(game, shapley(game)).excess >= least.epsilon
    assert in_core(game, least.payoff) == (least.epsilon <= 0)


@FEW
@given(games(least=2), st.integers(1, 9))
def test_splits_follow_a_change_of_unit_and_a_gift_to_a_player(game: Game, times: int) -> None:
    moved = {group: times * 10**12 * worth + 7 * ("a" in group) for group, worth in game.items()}
    for rule in (shapley, prenucleolus):
        split = rule(game)
        expected = {name: times * 10**12 * value + 7 * (name == "a") for name, value in split.items()}
        assert rule(moved) == expected


@FEW
@given(games(least=2))
def test_floats_give_the_nearest_floats_to_the_exact_answer(game: Game) -> None:
    floats = {group: float(worth) for group, worth in game.items()}
    for rule in (shapley, prenucleolus):
        found = rule(floats)
        assert found == {name: float(value) for name, value in rule(game).items()}
        assert all(isinstance(value, float) for value in found.values())


def test_floats_that_are_no_exact_decimals_do_no_harm() -> None:
    """Tenths are no sums of powers of two: ties are broken at the last digit, and the answer is near."""
    game = {group: Fraction(worth, 10) for group, worth in bankruptcy(7, {"a": 1, "b": 3, "c": 5, "d": 8}).items()}
    expected = {name: float(value) for name, value in nucleolus(game).items()}
    assert nucleolus({group: float(worth) for group, worth in game.items()}) == pytest.approx(expected, abs=1e-14)


@FEW
@given(st.lists(st.integers(1, 30), min_size=2, max_size=5), st.integers(0, 100))
def test_the_nucleolus_of_an_estate_is_the_rule_of_the_talmud(amounts: list[int], percent: int) -> None:
    """Aumann and Maschler (1985): equal gains up to half of each claim, then equal losses down to half of it."""
    claims = dict(zip(NAMES, sorted(amounts), strict=False))
    estate = sum(amounts) * percent // 100
    half = {name: Fraction(claim, 2) for name, claim in claims.items()}
    small = min(Fraction(estate), sum(amounts) - Fraction(estate))
    gains = equal_awards(small, half)
    expected = gains if 2 * estate <= sum(amounts) else {name: claims[name] - gains[name] for name in claims}
    assert nucleolus(bankruptcy(estate, claims)) == expected


def equal_awards(estate: Fraction, most: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """Split equally, but give nobody more than a limit."""
    award, left = {}, estate
    for place, (name, limit) in enumerate(sorted(most.items(), key=lambda item: item[1])):
        award[name] = min(limit, left / (len(most) - place))
        left -= award[name]
    return award


@FEW
@given(st.lists(st.integers(0, 20), min_size=1, max_size=5))
def test_runway_costs_by_shapley_are_piecewise_equal(amounts: list[int]) -> None:
    costs = dict(zip(NAMES, sorted(amounts), strict=False))
    share, paid, before = Fraction(0), {}, 0
    for place, (name, cost) in enumerate(costs.items()):
        share += Fraction(cost - before, len(costs) - place)
        paid[name], before = -share, cost
    assert shapley(airport(costs)) == paid


@FEW
@given(st.lists(st.integers(1, 20), min_size=2, max_size=7))
def test_runway_costs_by_nucleolus_are_littlechilds(amounts: list[int]) -> None:
    """From the smallest aircraft up, the group that can pay least pays the same each (Littlechild 1974)."""
    costs = sorted(amounts)
    paid: list[Fraction] = []
    last = Fraction(0)
    while len(paid) < len(costs):
        done = len(paid)
        due = last - (costs[done - 1] if done else 0)
        ways = {end: (costs[end - 1] + due) / (end - done + 1) for end in range(done + 1, len(costs))}
        ways[len(costs)] = (costs[-1] + due) / (len(costs) - done)
        last = min(ways.values())
        paid += [last] * (max(end for end, share in ways.items() if share == last) - done)
    names = "abcdefg"[: len(costs)]
    found = nucleolus(airport(dict(zip(names, costs, strict=True))))
    assert [-value for value in found.values()] == paid


@FEW
@given(st.lists(st.integers(0, 9), min_size=1, max_size=6), st.integers(1, 100))
def test_powers_sum_to_one_and_more_shares_never_have_less_power(shares: list[int], percent: int) -> None:
    shares = [shares[0] + 1, *shares[1:]]
    votes = {f"v{place}": Fraction(share) for place, share in enumerate(shares)}
    quota = max(Fraction(1), sum(votes.values()) * Fraction(percent, 100))
    for rule in (shapley_shubik, banzhaf):
        power = rule(votes, quota)
        assert sum(power.values()) == 1
        assert all(power[a] <= power[b] for a in votes for b in votes if votes[a] <= votes[b])


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6))
def test_an_owen_point_lies_in_the_core_of_its_production_game(seed: int) -> None:
    rng = np.random.default_rng(seed)
    brings = {f"p{place}": rng.integers(0, 9, 4) * (rng.random(4) < 0.6) for place in range(6)}
    game = production_game(rng.integers(1, 9, 7), rng.integers(0, 5, (4, 7)) + np.eye(4, 7), brings)
    values, point = production_values(game), owen_point(game)
    assert in_core(values, point)
    assert in_core(values, nucleolus(values))
    equal = dict.fromkeys(brings, values[frozenset(brings)] / len(brings))
    for split in (equal, point):
        worst = worst_production_coalition(game, split)
        assert worst.excess == pytest.approx(worst_coalition(values, split).excess, abs=1e-6)
        gain = values[worst.coalition] - sum(split[name] for name in worst.coalition)
        assert worst.excess == pytest.approx(gain, abs=1e-9)
    for group in combinations(brings, 2):
        assert values[frozenset(group)] >= sum(values[frozenset({name})] for name in group) - 1e-9
