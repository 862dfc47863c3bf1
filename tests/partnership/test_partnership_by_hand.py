"""Published figures, and closed forms in exact fractions."""

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest

from partnership.kohlberg import is_nucleolus
from partnership.published import (
    BROADCAST,
    FERGUSON,
    FOUR,
    LEMAIRE,
    MANUFACTURING,
    PRODUCTION,
    SIX,
    Game,
    airport,
    bankruptcy,
    gloves,
    majority,
    six_partners,
    tabled,
)
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

F = Fraction


def test_lemaire_shapley_is_51750_25875_12375() -> None:
    assert shapley(LEMAIRE) == {"1": 51750, "2": 25875, "3": 12375}


def test_lemaire_nucleolus_is_52687_5_24468_75_12843_75() -> None:
    assert nucleolus(LEMAIRE) == {"1": 52687.5, "2": 24468.75, "3": 12843.75}


def test_coopgame_manual_nucleolus_is_3_5_4_5_5_5_7_5() -> None:
    assert nucleolus(FOUR) == prenucleolus(FOUR) == {"1": 3.5, "2": 4.5, "3": 5.5, "4": 7.5}


@pytest.mark.parametrize(
    ("game", "split"),
    [
        (BROADCAST, "-7.5 -0.5 -1.5 -10.5"),
        (MANUFACTURING, "-331695.25 -233051.25 -207753.5"),
        (PRODUCTION, "0.165 0.3205 0.0845 0.3745 0.0555"),
        (FERGUSON, "8/3 2/3 5/3"),
    ],
)
def test_nucleoli_of_published_games(game: Game, split: str) -> None:
    assert list(nucleolus(game).values()) == [F(share) for share in split.split()]


def test_an_inheritance_of_120_by_shapley_is_80_5_6_20_5_6_10_5_6_7_1_2() -> None:
    """Ibn Ezra's heirs claim 120, 60, 40, 30 of 120: each stretch is shared by those who claim it. Aumann (2010)."""
    claims = {"a": 120, "b": 60, "c": 40, "d": 30}
    found = shapley(tabled(list(claims), lambda group: max(claims[name] for name in group)))
    assert list(found.values()) == [F(485, 6), F(125, 6), F(65, 6), F(15, 2)]


@pytest.mark.parametrize(
    ("quota", "power"), [(1, "1/3 1/3 1/3"), (51, "3/5 1/5 1/5"), (52, "1/2 1/2 0"), (100, "1/3 1/3 1/3")]
)
def test_banzhaf_of_50_49_and_1_share(quota: int, power: str) -> None:
    """With 51 of 100, {a, b}, {a, c} and {a, b, c} win: a decides in three of them, b and c in one each."""
    found = banzhaf({"a": F(50), "b": F(49), "c": F(1)}, quota)
    assert list(found.values()) == [F(share) for share in power.split()]


@pytest.mark.parametrize(
    ("estate", "split"),
    [
        (100, (F(100, 3), F(100, 3), F(100, 3))),
        (200, (50, 75, 75)),
        (300, (50, 100, 150)),
        (400, (50, 125, 225)),
        (500, (F(200, 3), F(500, 3), F(800, 3))),
    ],
)
def test_estates_of_the_talmud_are_split_by_the_nucleolus(estate: int, split: tuple[F, ...]) -> None:
    """Claims 100, 200, 300; the first three are the Talmud's own. Source: Aumann, Maschler (1985).

    Up to half of all claims (300): equal gains, at most half a claim. Above it: the same with losses. With 400 the
    loss of 200 is (50, 75, 75), so the gains are 50, 125, 225; with 500 the loss of 100 is 33 1/3 each.
    """
    found = nucleolus(bankruptcy(estate, {"a": 100, "b": 200, "c": 300}))
    assert tuple(found.values()) == split


def test_six_partners_shapley_lies_in_the_core_and_least_core_is_minus_12() -> None:
    found = shapley(six_partners, SIX)
    expected = (31.583333, 11.583333, 31.583333, 8.666667, 6.666667, 9.916667)
    assert tuple(map(float, (found[name] for name in SIX))) == pytest.approx(expected, abs=5e-7)
    assert sum(found.values()) == 100
    assert found["lab"] == F(379, 12)
    assert in_core(six_partners, found, SIX)
    assert least_core(six_partners, SIX).epsilon == -12


def test_runway_costs_are_shared_by_those_who_need_each_piece() -> None:
    """Shapley value of an airport game: an added length is paid by all who need it (Littlechild, Owen 1973).

    Costs 12, 30, 42, 50: 12 / 4 = 3; + 18 / 3 = 9; + 12 / 2 = 15; + 8 = 23.
    """
    costs = {"a": 12, "b": 30, "c": 42, "d": 50}
    assert shapley(airport(costs)) == {"a": F(-3), "b": F(-9), "c": F(-15), "d": F(-23)}


def test_runway_nucleolus_follows_its_recursion() -> None:
    """Nucleolus of an airport game (Littlechild 1974), costs 2, 3, 7, payments a, b, c.

    Excess of {a} is a - 2, of {b, c} it is 7 - a - 7 = -a: equal at a = 1, and -1 is the least they can be. Then {a, b}
    has 1 + b - 3 and {a, c} has -b: equal at b = 1. The other 5 are for c.
    """
    assert nucleolus(airport({"a": 2, "b": 3, "c": 7})) == {"a": F(-1), "b": F(-1), "c": F(-5)}


def test_scarce_gloves_take_all_in_the_core_but_not_by_shapley() -> None:
    """One left, two right gloves: of 6 orders the left glove completes a pair in 4, a right one in 1 each."""
    game = gloves(1, 2)
    assert shapley(game) == {"l0": F(2, 3), "r0": F(1, 6), "r1": F(1, 6)}
    assert nucleolus(game) == prenucleolus(game) == {"l0": F(1), "r0": F(0), "r1": F(0)}
    assert least_core(game).epsilon == 0
    assert not in_core(game, shapley(game))
    worst = worst_coalition(game, shapley(game))
    assert worst.coalition in ({"l0", "r0"}, {"l0", "r1"})
    assert worst.excess == F(1, 6)


def test_as_many_left_as_right_gloves_share_equally() -> None:
    game = gloves(3, 3)
    half = dict.fromkeys(sorted({name for group in game for name in group}), F(1, 2))
    assert shapley(game) == nucleolus(game) == half


def test_three_equal_voters_have_an_empty_core() -> None:
    """Two of three win: each pair wants 1, so the three pairs want 3 of 2: epsilon = 1 - 2/3 = 1/3."""
    game = majority({"a": 1, "b": 1, "c": 1}, 2)
    third = dict.fromkeys("abc", F(1, 3))
    assert shapley(game) == nucleolus(game) == third
    assert least_core(game).epsilon == F(1, 3)
    assert least_core(game).payoff == third
    assert not in_core(game, third)


def test_the_nucleolus_of_an_apex_game_is_its_integer_weights() -> None:
    """Votes 3, 1, 1, 1, 1, quota 4: votes / 7, as in every homogeneous game of constant sum (Peleg 1968)."""
    game = majority({"a": 3, "b": 1, "c": 1, "d": 1, "e": 1}, 4)
    assert nucleolus(game) == {"a": F(3, 7), "b": F(1, 7), "c": F(1, 7), "d": F(1, 7), "e": F(1, 7)}
    assert shapley(game) == {"a": F(3, 5), "b": F(1, 10), "c": F(1, 10), "d": F(1, 10), "e": F(1, 10)}


def test_a_player_may_get_less_than_alone_in_the_prenucleolus_only() -> None:
    """Three players; a alone has 0, bc have 10, all have 6.

    Pre-nucleolus: a and bc share the loss of 4 equally: a gets -2; b, c get 4. With a floor of 0: b, c get 3.
    """
    game = tabled("abc", lambda group: {"bc": 10, "abc": 6}.get("".join(sorted(group)), 0))
    assert prenucleolus(game) == {"a": F(-2), "b": F(4), "c": F(4)}
    assert nucleolus(game) == {"a": F(0), "b": F(3), "c": F(3)}
    assert is_nucleolus(game, nucleolus(game)) and is_nucleolus(game, prenucleolus(game), floor=False)


def test_the_security_council_by_shapley_shubik_and_banzhaf() -> None:
    """Five vetoes, ten others, nine votes of fifteen needed: weights 7 and 1, quota 39.

    One of the others decides if it is the ninth after all vetoes and three others: C(9, 3) 8! 6! / 15! = 4 / 2145; a
    veto has the rest, 421 / 2145. Banzhaf: C(9, 3) = 84 cases for each of the others, 848 for a veto, 5080 in all.
    """
    shares = {f"p{place}": F(7) for place in range(5)} | {f"e{place}": F(1) for place in range(10)}
    power = shapley_shubik(shares, F(39))
    assert power["e0"] == F(4, 2145) and power["p0"] == F(421, 2145)
    counted = banzhaf(shares, F(39))
    assert counted["e0"] == F(84, 5080) and counted["p0"] == F(848, 5080)
    assert banzhaf(shares, F(39), normalised=False)["e0"] == F(84, 2**14)


def test_luxembourg_had_no_power_in_the_first_council() -> None:
    """The six of 1958: 4, 4, 4, 2, 2, 1 votes, 12 needed: Shapley-Shubik 14/60, 9/60, 0; Banzhaf 5/21, 3/21, 0."""
    shares = dict(zip("DFIBNL", map(F, (4, 4, 4, 2, 2, 1)), strict=True))
    assert list(shapley_shubik(shares, 12).values()) == [F(14, 60)] * 3 + [F(9, 60)] * 2 + [0]
    assert list(banzhaf(shares, 12).values()) == [F(5, 21)] * 3 + [F(3, 21)] * 2 + [0]


def test_power_in_a_vote_is_the_shapley_value_of_the_game_of_winning() -> None:
    shares = {"a": 5, "b": 3, "c": 2, "d": 2, "e": 0}
    power = shapley_shubik({name: F(share) for name, share in shares.items()}, F(7))
    assert power == shapley(majority(shares, 7))


def test_owen_point_of_gloves_pays_the_scarce_side() -> None:
    """A pair needs one of each: with 1 left and 2 right gloves the price of a left one is 1, of a right one 0."""
    game = production_game([1], [[1], [1]], {"l": [1, 0], "r": [0, 1], "s": [0, 1]})
    assert owen_point(game) == {"l": 1.0, "r": 0.0, "s": 0.0}
    assert production_values(game)[frozenset("rs")] == 0 and production_values(game)[frozenset("lr")] == 1


def test_owen_point_by_hand() -> None:
    """Two products earn 5 and 4, use 6 and 4 of one resource, 1 and 2 of another; a brings (12, 4), b brings (12, 2).

    All: 3 and 1.5 made, 21 earned; prices 3/4 and 1/2 (6 p + q = 5, 4 p + 2 q = 4). So a gets 11, b gets 10.
    Alone a makes 1 and 1.5: 11; b makes 2 and 0: 10.
    """
    game = production_game([5, 4], [[6, 4], [1, 2]], {"a": [12, 4], "b": [12, 2]})
    assert owen_point(game) == pytest.approx({"a": 11, "b": 10})
    worth = production_values(game)
    assert worth == pytest.approx({frozenset("a"): 11, frozenset("b"): 10, frozenset("ab"): 21})


def test_the_worst_coalition_of_many_partners_is_found_without_listing_them() -> None:
    """Twenty left gloves, twenty right ones; all are paid 1/2 but two of opposite sides, 0.4: these two leave."""
    sides = {f"{side}{place}": [side == "l", side == "r"] for side in "lr" for place in range(20)}
    game = production_game([1], [[1], [1]], sides)
    paid = {name: 0.4 if name in ("l3", "r7") else 0.5 for name in sides}
    worst = worst_production_coalition(game, paid)
    assert {"l3", "r7"} <= worst.coalition
    assert worst.excess == pytest.approx(0.2)


def test_sampled_shapley_is_within_its_error_bars() -> None:
    exact = shapley(six_partners, SIX)
    found = sampled_shapley(six_partners, SIX, 400, np.random.default_rng(1))
    assert sum(found.value.values()) == pytest.approx(100)
    assert found.asked <= 63
    for name in SIX:
        assert 0 < found.error[name] < 1.5
        assert abs(found.value[name] - float(exact[name])) < 4 * found.error[name]


def test_sampled_shapley_serves_more_players_than_can_be_counted_out() -> None:
    """40 players, worth the square of the size: by symmetry each gets 40; an order and its reverse always say so."""
    names = [f"p{place}" for place in range(40)]
    found = sampled_shapley(lambda group: len(group) ** 2, names, 20, np.random.default_rng(2))
    assert found.value == pytest.approx(dict.fromkeys(names, 40.0))
    assert found.error == pytest.approx(dict.fromkeys(names, 0.0), abs=1e-9)


def test_shapley_of_few_players_is_the_mean_over_all_orders() -> None:
    total = dict.fromkeys("1234", F(0))
    for order in permutations("1234"):
        for place, name in enumerate(order):
            before, after = frozenset(order[:place]), frozenset(order[: place + 1])
            total[name] += F(FOUR[after]) - FOUR.get(before, 0)
    assert shapley({group: F(worth) for group, worth in FOUR.items()}) == {
        name: sum_ / 24 for name, sum_ in total.items()
    }
