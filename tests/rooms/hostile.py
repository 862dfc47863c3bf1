"""What a plain function may be handed by mistake, and every function of the exact rooms with right arguments."""

from collections.abc import Callable, Mapping
from fractions import Fraction

import numpy as np

import teraplan as tp

HOSTILE: Mapping[str, object] = {
    "nan": float("nan"),
    "inf": float("inf"),
    "minus inf": float("-inf"),
    "negative": -1.0,
    "zero": 0,
    "text": "abc",
    "a number as text": "3",
    "bytes": b"1",
    "a date": np.datetime64("2026-01-01"),
    "nothing": None,
    "no entry": [],
    "rows of two lengths": [[1, 2], [3]],
    "true": True,
    "complex": 1 + 2j,
    "huge": 1e308,
    "tiny": 1e-320,
    "beyond floats": 10**400,
    "a fraction": Fraction(1, 3),
    "a half more": 2.5,
    "a mapping": {"a": 1},
    "a set": {1, 2},
    "an object": object(),
    "a function": len,
    "three axes": np.ones((2, 2, 2)),
    "seven entries": np.ones(7),
    "entries of many kinds": np.array([1, None, "x"], dtype=object),
    "a NaN inside": [1.0, float("nan"), 2.0],
    "a masked entry": np.ma.masked_array([1.0, 2.0], [0, 1]),
}

fabs, wafers, packages = tp.industry.fabs, tp.industry.wafers, tp.industry.packages
accelerators, sites, placement = tp.industry.accelerators, tp.industry.sites, tp.industry.placement
finance, partnership, market = tp.finance, tp.partnership, tp.market
A, B, AB = frozenset("a"), frozenset("b"), frozenset("ab")
GAME = {A: 1, B: 2, AB: 5}
POOL = {"profit": [5, 4], "use": [[6, 4], [1, 2]], "brings": {"a": [12, 4], "b": [12, 2]}}
TERMS = finance.Terms(gearing=0.5)
FLOWS = {"revenue": [30.0] * 3, "operating_cost": [10.0] * 3, "capex": [40.0], "terms": TERMS, "volume": [1.0] * 3}
CURVE = finance.H100_PCIE
CONTRACT = {"price": 1.0, "volume": 1.0, "years": 3, "take": 0.5, "escalator": 0.02, "ramp": (0.5,), "recovery": 0.4}
DUOPOLY = market.cournot(100, 1, [10, 20])
MARKET = {"intercept": 100.0, "slope": 1.0, "cost": [10.0, 20.0], "capacity": [20.0, 20.0], "conduct": 1.0}
MARKETS = {"intercept": [100.0, 90.0], "slope": [1.0, 2.0], "cost": [10.0, 20.0], "groups": [0, 0], "cost_slope": 0.0}


def one_value(rule: Callable[..., object]) -> Callable[..., object]:
    """Return a rule as a function of what one coalition is worth."""
    return lambda worth: rule({**GAME, B: worth})


CALLS: tuple[tuple[Callable[..., object], Mapping[str, object]], ...] = (
    (wafers.gross_dies, {"die_area": 100.0, "diameter": 300.0, "edge_exclusion": 3.0, "formula": "flynn",
                         "scribe_lane": 0.1, "aspect": 1.0}),
    (placement.placed_dies, {"width": 20.0, "height": 20.0, "diameter": 300.0, "edge_exclusion": 0.0,
                             "scribe_lane": 0.0}),
    (wafers.die_yield, {"die_area": 100.0, "defect_density": 0.1, "model": "negative_binomial", "clustering": 2.0}),
    (wafers.repaired_yield, {"block_yield": 0.9, "blocks": 10, "spares": 2, "common_yield": 0.9}),
    (wafers.cost_per_good_die, {"wafer_price": 1.0, "gross_dies": 60.0, "die_yield": 0.5, "test_yield": 0.9}),
    (wafers.good_packages_per_wafer, {"gross_dies": 60.0, "die_yield": 0.5, "package_yield": 0.9,
                                      "dies_per_package": 2}),
    (wafers.memory_per_wafer, {"bit_density": 0.2, "good_share": 0.6, "usable_share": 0.9, "diameter": 300.0}),
    (packages.stack_yield, {"bond_yield": 0.99, "height": 12, "core_yield": 1.0}),
    (packages.cost_per_good_stack, {"core_cost": 12.0, "base_cost": 10.0, "height": 12, "stack_yield": 0.9}),
    (packages.package_yield, {"dies": 2, "stacks": 8, "die_survival": 0.99, "stack_survival": 0.99,
                              "assembly_yield": 0.97}),
    (packages.cost_per_good_package, {"die_cost": 1.0, "dies": 2, "stack_cost": 1.0, "stacks": 8, "other_cost": 1.0,
                                      "package_yield": 0.9}),
    (fabs.wafers_per_gigawatt, {"facility_power": 1.7, "good_packages_per_wafer": 50.0}),
    (fabs.wafers_per_accelerator, {"good_packages_per_wafer": 50.0, "companions": 1.2}),
    (fabs.euv_passes_per_gigawatt, {"wafers_per_gigawatt": 1e4, "exposures": 14}),
    (fabs.passes_per_tool, {"throughput": 75.0, "uptime": 0.9}),
    (fabs.euv_tools, {"wafers_per_month": 1e4, "exposures": 20, "passes_per_tool": 4.5e4}),
    (fabs.electricity_per_wafer, {"mask_layers": 70, "per_layer": 40.0}),
    (fabs.other_tools, {"capital_cost": 1.0, "equipment_share": 0.7, "euv_tools": 1.0, "euv_price": 0.2}),
    (accelerators.h100_equivalents, {"rate": 1979.0, "number_format": "fp8"}),
    (accelerators.facility_power, {"chip_power": 0.7, "server": 1.5, "network": 1.1, "cooling": 1.3}),
    (accelerators.memory_to_make, {"capacity": 80.0, "loss": 0.1}),
    (sites.accelerators_per_gigawatt, {"facility_power": 1.7}),
    (sites.compute_per_gigawatt, {"facility_power": 1.7, "h100_equivalents": 1.0, "in_service": 0.97}),
    (sites.electricity_of_site, {"space": 1.0, "mean_load": 0.7}),
    (finance.project, FLOWS),
    (finance.measures, FLOWS),
    (finance.offtake_price, {"volume": [1.0] * 3, "operating_cost": 10.0, "capex": 40.0, "terms": TERMS,
                             "target_irr": 0.1, "target_year": 3}),
    (finance.irr, {"cash_flow": [-100.0, 60.0, 60.0], "times": [0, 1, 2]}),
    (finance.present_value, {"cash_flow": [-100.0, 60.0, 60.0], "rate": 0.1, "times": [0, 1, 2]}),
    (finance.straight_line, {"years": 5, "half_year": False}),
    (finance.macrs, {"years": 5}),
    (finance.bonus, {"share": 0.4, "schedule": finance.macrs(5)}),
    (finance.collateral_value, {"price": 1.0, "age": [0.0, 1.0, 2.0], "curve": CURVE, "haircut": 0.1, "failures": 0.0}),
    (lambda ages, shares: finance.collateral_value(1.0, 1.0, finance.ResaleCurve(ages, shares)),
     {"ages": (0.0, 1.0), "shares": (1.0, 0.5)}),
    (finance.loan_to_value, {"balance": [1.0, 2.0, 3.0], "collateral": [2.0, 3.0, 4.0]}),
    (finance.take_or_pay, {"contract": finance.TakeOrPay(price=1, volume=1, years=3), "taken": [1.0] * 3}),
    (lambda **terms: finance.take_or_pay(finance.TakeOrPay(**terms), [1.0] * 3), CONTRACT),
    (finance.project(30.0, 10.0, 40.0).frame, {"scenario": 0}),
    *((rule, {"values": GAME, "players": None}) for rule in (
        partnership.shapley, partnership.nucleolus, partnership.prenucleolus, partnership.least_core)),
    *((one_value(rule), {"worth": 2}) for rule in (partnership.shapley, partnership.nucleolus, partnership.least_core)),
    (partnership.shapley, {"values": len, "players": ("a", "b")}),
    (partnership.in_core, {"values": GAME, "payoff": {"a": 2, "b": 3}, "tolerance": 1e-9}),
    (partnership.worst_coalition, {"values": GAME, "payoff": {"a": 2, "b": 3}}),
    (lambda paid: partnership.worst_coalition(GAME, {"a": paid, "b": 3}), {"paid": 2}),
    (partnership.shapley_shubik, {"shares": {"a": 1, "b": 2}, "quota": 2}),
    (partnership.banzhaf, {"shares": {"a": 1, "b": 2}, "quota": 2, "normalised": True}),
    (partnership.sampled_shapley, {"value": len, "players": ("a", "b"), "pairs": 3,
                                   "generator": np.random.default_rng(1)}),
    (partnership.production_game, POOL),
    (partnership.owen_point, {"game": partnership.production_game(**POOL)}),
    (partnership.production_values, {"game": partnership.production_game(**POOL)}),
    (partnership.worst_production_coalition, {"game": partnership.production_game(**POOL),
                                              "payoff": {"a": 1, "b": 2}}),
    (market.cournot, {**MARKET, "groups": None, "transport": 0.0, "cost_slope": 0.0}),
    (market.cournot, {**MARKETS, "transport": np.zeros((2, 2))}),
    (market.compare, {"before": DUOPOLY, "after": DUOPOLY}),
)  # fmt: skip
"""Every public function of the exact rooms, and arguments that it takes."""
