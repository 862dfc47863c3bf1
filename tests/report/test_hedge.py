"""A hedge in sentences and as a section, from tables made by hand."""

import polars as pl
import pytest

from teraplan.report.hedge import hedge
from teraplan.report.hedge_story import costs, gains, story, sums_now
from teraplan.report.words import Names
from teraplan.results.results import Results

NAMES = Names({}, {"solar": "Solar plant", "fab": "Chip fab"})
RUN = {
    "kind": "hedge", "money_unit": "GUSD", "target": "compute", "first_branching": 2028, "weight": 0.0, "share": 0.1,
    "cannot_meet": {}, "near": True,
}  # fmt: skip


def told(cannot_meet: dict[str, list[str]] | None = None, weight: float = 0.0) -> Results:
    """Two futures: 10 GW of solar plant wait for the calm one, a fab is ordered for the outage."""
    costs = {"hedge": (101.0, 220.0), "mean": (101.5, 230.0), "likely": (100.0, 240.0), "alone": (100.0, 200.0)}
    leaves = [
        {"leaf": leaf, "probability": chance, "plan": plan, "cost": cost[at]}
        for plan, cost in costs.items()
        for at, (leaf, chance) in enumerate((("calm", 0.9), ("outage", 0.1)))
    ]
    now = [
        ("likely", "solar", "USA", "GW", 5.0, 15.0, -10.0, -20.0, 10.0),
        ("likely", "fab", "USA", "kwafer/month", 3.0, 1.0, 2.0, 30.0, 0.0),
        ("likely", "fab", "TWN", "kwafer/month", 1.0, 2.0, -1.0, -15.0, 0.0),
        ("mean", "fab", "USA", "kwafer/month", 3.0, 3.0, 0.0, 0.0, 0.0),
    ]
    orders = [
        ("hedge", "calm", "solar", "2028", 10.0),
        ("hedge", "calm", "solar", "2031", 70.0),
        ("mean", "calm", "solar", "2028", 9.0),
    ]
    compute = [
        ("hedge", leaf, "2027", 2027.0, 1.0, served, "MH100e*year")
        for leaf, served in (("calm", 50.0), ("outage", 40.0))
    ]
    fresh = [(draw, plan, cost) for draw in (1, 2) for plan, cost in (("hedge", 100.0), ("likely", 100.0 + 2 * draw))]
    frames = {
        "nodes": pl.DataFrame(
            {
                "node": ["now", "calm", "outage"], "parent": [None, "now", "now"], "known_from": [None, 2028.0, 2028.0],
                "reached": [1.0, 0.9, 0.1], "stage": [1, 2, 2], "scenario": [None, "trend", None],
            }
        ),
        "leaves": pl.DataFrame(leaves),
        "measures": pl.DataFrame(
            {"measure": ["RP", "EEV", "WS", "VSS", "EVPI"], "value": [112.9, 114.35, 110.0, 1.45, 2.9]}
        ),
        "now": pl.DataFrame(
            now,
            schema=["against", "process", "region", "unit", "hedge", "other", "difference", "paid", "later"],
            orient="row",
        ),
        "orders": pl.DataFrame(orders, schema=["plan", "node", "process", "period", "value"], orient="row"),
        "compute": pl.DataFrame(
            compute, schema=["plan", "leaf", "period", "start", "years", "served", "unit"], orient="row"
        ),
        "fresh": pl.DataFrame(fresh, schema=["draw", "plan", "cost"], orient="row"),
        "periods": pl.DataFrame({"period": ["2027", "2028", "2029"], "start": [2027.0, 2028.0, 2029.0]}),
        "processes": pl.DataFrame({"process": ["solar", "fab"], "name": ["Solar plant", "Chip fab"]}),
        "commodities": pl.DataFrame({"commodity": ["compute"], "name": ["AI compute"]}),
        "regions": pl.DataFrame({"region": ["USA"], "name": ["United States"]}),
    }  # fmt: skip
    return Results({**RUN, "weight": weight, "cannot_meet": cannot_meet or {}}, frames)


def test_a_hedge_says_what_to_order_what_waits_what_it_costs_and_saves() -> None:
    said = [sentence.replace("\N{NO-BREAK SPACE}", " ") for sentence in story(told(), NAMES)]
    assert said == [
        "2 futures in 2 stages, the first branching in 2028, planned together at the least mean cost: 113 billion USD.",
        "Order more before 2028 than for the likeliest future alone: 1.00 thousand wafers / month of chip fab (4.00 "
        "against 3.00).",
        "Order less before 2028 than for the likeliest future alone: 10.0 GW of solar plant (5.00 against 15.0).",
        "Solar plant waits: in 2028 and 2029 the hedge orders 10.0 GW in calm and 0 GW in outage.",
        "Beside the orders of the likeliest future it costs more: 1.00 billion USD in calm (chance 90 %).",
        "It saves 20.0 billion USD in outage (chance 10 %).",
        "To know the future from the start would be worth 2.90 billion USD (2.6 % of the cost); planning for all "
        "futures instead of their mean gains 1.45 billion USD (1.3 %).",
        "In 2 fresh futures the hedge gains 3.00 billion USD on the orders of the plan for the likeliest future in the "
        "mean (90 % interval of the mean ± 6.31 billion USD); nine in ten gains lie from 2.10 billion USD to 3.90 "
        "billion USD.",
    ]


@pytest.mark.parametrize(
    ("outage", "said"),
    [(10.0, "comes later, whatever comes: in 2028 and 2029 the hedge orders 10.0 GW."), (0.0, "waits: in 2028")],
)
def test_what_every_future_orders_later_does_not_wait_for_one(outage: float, said: str) -> None:
    found = told()
    orders = found.frame("orders").vstack(
        found.frame("orders").head(1).with_columns(node=pl.lit("outage"), value=outage)
    )
    sentences = story(Results(found.run, {**found.frames, "orders": orders}), NAMES)
    assert any(f"Solar plant {said}" in one.replace("\N{NO-BREAK SPACE}", " ") for one in sentences)


def test_what_no_future_orders_soon_is_not_said_to_wait() -> None:
    found = told()
    late = found.frame("orders").filter(pl.col("period") == "2031")
    sentences = story(Results(found.run, {**found.frames, "orders": late}), NAMES)
    assert "Solar plant is not ordered in 2028 and 2029 either, whatever comes." in sentences


def test_plans_that_fail_in_a_future_are_named_with_it() -> None:
    said = story(told({"mean": ["outage"], "likely": []}), NAMES)
    assert "The orders of the plan for the mean of the futures leave no plan in outage." in said
    assert any(sentence.endswith("leave no plan in the tree, though in each future alone.") for sentence in said)


def test_where_the_nearest_plan_was_not_found_it_says_that_others_may_differ() -> None:
    found = told()
    sentences = story(Results({**found.run, "near": False}, found.frames), NAMES)
    assert any(sentence.startswith("Other plans of the same cost may order otherwise") for sentence in sentences)


def test_weight_on_the_worst_share_is_said() -> None:
    assert "with weight 0.5 on the mean of the worst 10" in story(told(weight=0.5), NAMES)[0]


def test_regions_are_summed_and_the_likeliest_future_comes_first() -> None:
    assert sums_now(told()).select("process", "difference").rows() == [("solar", -10.0), ("fab", 1.0)]
    assert costs(told())["leaf"].to_list() == ["calm", "outage"]
    assert gains(told(), "likely").tolist() == [2.0, 4.0]
    assert gains(told(), "mean").size == 0


def test_the_section_shows_what_not_knowing_costs_and_compute_by_future() -> None:
    section = hedge(told(), NAMES)
    titles = [getattr(part, "title", None) or getattr(part, "caption", "") for part in section.parts]
    assert titles[1:3] == [
        "What not knowing costs in each future, billion USD",
        "Compute served in each future, million H100e",
    ]
    bars = section.parts[1].drawing.data  # type: ignore[union-attr]
    assert [bar.x[0] for bar in bars] == pytest.approx([1.0, 1.5, 0.0, 20.0, 30.0, 40.0])
    assert hedge(None, NAMES).parts == ()
