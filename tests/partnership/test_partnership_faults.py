"""What is wrong with a game is said, all at once."""

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from teraplan.errors import ArgumentError, TeraplanError
from teraplan.partnership import (
    banzhaf,
    in_core,
    least_core,
    nucleolus,
    owen_point,
    prenucleolus,
    production_game,
    production_values,
    sampled_shapley,
    shapley,
    shapley_shubik,
    worst_coalition,
    worst_production_coalition,
)

A, B, AB = frozenset("a"), frozenset("b"), frozenset("ab")
GOOD = {A: 1, B: 2, AB: 5}


@pytest.mark.parametrize("rule", [shapley, nucleolus, prenucleolus, least_core])
@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({A: 1, AB: 5}, "coalition {b}\n.*has no value"),
        ({A: 1, B: "two", AB: 5}, "coalition {b}\n.*'two' is not a finite number"),
        ({A: 1, B: math.nan, AB: 5}, "nan is not a finite number"),
        ({A: 1, B: math.inf, AB: 5}, "inf is not a finite number"),
        ({A: 1, B: None, AB: 5}, "None is not a finite number"),
        ({A: 1, B: 1j, AB: 5}, "1j is not a finite number"),
        ({}, "players\n.*there are none"),
        ({frozenset(): 0}, "players\n.*there are none"),
        ({**GOOD, frozenset(): 1}, "coalition {}\n.*is worth something"),
        ({"a": 1, "b": 2, "ab": 5}, "key 'a'\n.*is not a frozenset of names"),
        ({frozenset({1}): 1}, "is not a frozenset of names"),
        (lambda group: 1, "players\n.*there are none"),
    ],
)
def test_a_wrong_game_is_refused_by_every_rule(rule: Callable[..., object], values: object, said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        rule(values)


def test_all_faults_are_told_together_and_many_of_a_kind_are_counted() -> None:
    values = {frozenset("abcd"): math.nan, frozenset("a"): 1}
    with pytest.raises(ArgumentError) as caught:
        shapley(values)
    assert len(caught.value.faults) == 6
    assert "9 more have no value" in str(caught.value)
    assert "nan" in str(caught.value)


def test_the_empty_coalition_may_be_left_out_or_be_worth_nothing() -> None:
    assert shapley(GOOD) == shapley({**GOOD, frozenset(): 0.0}) == {"a": 2.0, "b": 3.0}


def test_one_player_gets_all_and_has_no_least_core() -> None:
    assert shapley({A: Fraction(7)}) == nucleolus({A: Fraction(7)}) == prenucleolus({A: Fraction(7)}) == {"a": 7}
    assert in_core({A: 7}, {"a": 7})
    with pytest.raises(ArgumentError, match="no coalition but everybody"):
        least_core({A: 7})
    with pytest.raises(ArgumentError, match="no coalition but everybody"):
        worst_coalition({A: 7}, {"a": 7})


def test_numbers_of_numpy_and_numbers_beyond_floats_are_numbers() -> None:
    game = {A: np.int64(1), B: np.float32(2.0), AB: np.float64(5.0)}
    assert shapley(game) == {"a": 2.0, "b": 3.0}
    vast = {A: Fraction(10**400), B: Fraction(0), AB: Fraction(10**400)}
    assert shapley(vast) == nucleolus(vast) == {"a": 10**400, "b": 0}


def test_a_game_in_which_nothing_is_worth_anything_shares_nothing() -> None:
    game = {A: 0, B: 0, AB: 0}
    assert shapley(game) == nucleolus(game) == {"a": 0, "b": 0}
    assert least_core(game).epsilon == 0


def test_there_is_no_nucleolus_where_nobody_needs_the_others() -> None:
    with pytest.raises(ArgumentError, match="players alone are worth 7, all together only 5.*\n.*use prenucleolus"):
        nucleolus({A: 4, B: 3, AB: 5})
    assert prenucleolus({A: 4, B: 3, AB: 5}) == {"a": 3.0, "b": 2.0}


def test_a_split_must_name_every_player_and_nobody_else() -> None:
    with pytest.raises(ArgumentError, match="player 'b'\n.*has no payoff"):
        in_core(GOOD, {"a": 5})
    with pytest.raises(ArgumentError, match="payoff of 'c'\n.*not a player"):
        in_core(GOOD, {"a": 2, "b": 3, "c": 0})
    with pytest.raises(ArgumentError, match="nan is not a finite number"):
        worst_coalition(GOOD, {"a": 2, "b": math.nan})


def test_a_split_of_more_or_less_than_there_is_is_not_in_the_core() -> None:
    assert in_core(GOOD, {"a": 2, "b": 3})
    assert not in_core(GOOD, {"a": 3, "b": 3})
    assert not in_core(GOOD, {"a": 1, "b": 3})


def test_exact_games_know_no_tolerance_and_floats_do() -> None:
    sliver = Fraction(1, 10**12)
    exact = {A: Fraction(1), B: Fraction(2), AB: Fraction(3)}
    assert not in_core(exact, {"a": 1 - sliver, "b": 2 + sliver})
    assert in_core(exact, {"a": 1, "b": 2})
    assert in_core({group: float(worth) for group, worth in exact.items()}, {"a": 1 - 1e-12, "b": 2 + 1e-12})


def test_too_many_players_are_sent_to_sampling() -> None:
    with pytest.raises(ArgumentError, match="21 have 2,097,152 coalitions.*\n.*sampled_shapley"):
        shapley(len, [f"p{place}" for place in range(21)])
    with pytest.raises(ArgumentError, match="a name is there twice"):
        shapley(len, ["a", "a"])
    with pytest.raises(ArgumentError, match="at least 2"):
        sampled_shapley(len, ["a"], 1, np.random.default_rng(1))
    with pytest.raises(ArgumentError, match="there are none"):
        sampled_shapley(len, [], 5, np.random.default_rng(1))
    with pytest.raises(ArgumentError, match="coalition {a}\n.*nan is not a finite number"):
        sampled_shapley(lambda group: math.nan, ["a"], 5, np.random.default_rng(1))


@pytest.mark.parametrize("rule", [shapley_shubik, banzhaf])
@pytest.mark.parametrize(
    ("shares", "quota", "said"),
    [
        ({}, 1, "do not reach 1"),
        ({"a": -1, "b": 5}, 3, "share of 'a'\n.*negative"),
        ({"a": 1}, 0, "won by nobody's votes"),
        ({"a": 1}, 2, "nobody ever wins"),
        ({"a": math.nan}, 1, "nan is not a finite number"),
        ({"a": 1}, "half", "'half' is not a finite number"),
    ],
)
def test_a_vote_that_makes_no_sense_is_refused(
    rule: Callable[..., object], shares: dict[str, float], quota: float, said: str
) -> None:
    with pytest.raises(ArgumentError, match=said):
        rule(shares, quota)


@pytest.mark.parametrize(
    ("profit", "use", "brings", "said"),
    [
        ([1, 2], [[1]], {"a": [1]}, r"profit has shape \(2,\) and use \(1, 1\)"),
        ([1], [[1]], {"a": [1, 2]}, r"resources of 'a'\n.*shape \(2,\), but there are 1"),
        ([1], [[1]], {"a": [-1]}, "negative"),
        ([math.nan], [[1]], {"a": [1]}, "profit\n.*not a finite number"),
        ([1], [[math.inf]], {"a": [1]}, "use\n.*not a finite number"),
        ([1], [[1]], {}, "nobody brings anything"),
        (["much"], [[1]], {"a": [1]}, "is not an array of numbers"),
    ],
)
def test_a_production_game_that_makes_no_sense_is_refused(
    profit: object, use: object, brings: dict[str, object], said: str
) -> None:
    with pytest.raises(ArgumentError, match=said):
        production_game(profit, use, brings)  # type: ignore[arg-type]


def test_profit_without_limit_is_told() -> None:
    game = production_game([1, 1], [[1, 0]], {"a": [1], "b": [0]})
    for rule in (owen_point, production_values, lambda game: worst_production_coalition(game, {"a": 1, "b": 1})):
        with pytest.raises(TeraplanError, match="profit has no limit"):
            rule(game)
