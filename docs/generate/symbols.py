"""The words of the equations: what stands for each in the code, and in which column of which table it is given.

Decision variables are not here: `model.variables` lists them. `code` names a field of Case (`case.rate`), a function of
`model.quantities` or `model.carried` (`usable(case, v)`), or both; `data` names `table.column` or `table.item`, so that
tests can hold them to what there is.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Symbol:
    """What a word of an equation stands for; `meaning` is empty where the code's own docstring tells it."""

    code: tuple[str, ...]
    data: tuple[str, ...] = ()
    meaning: str = ""


def _limit(kind: str) -> Symbol:
    return Symbol(("case.limits",), (f"limits.{kind}",), f"the value of a limit of kind `{kind}`")


SYMBOLS: Mapping[str, Symbol] = {
    "rate": Symbol(("case.rate",), ("processes.rate",)),
    "availability": Symbol(
        ("case.availability", "case.sliced_availability", "case.yearly_availability"),
        ("availability.value",),
        "share of usable capacity that can run, of a year or of a slice [1]",
    ),
    "usable": Symbol(
        ("usable(case, v)", "case.usable_existing"),
        ("capacity.value", "lead_times.ramp"),
        "capacity in service after ramp: what was ordered, less what is retired early, and what existed [capacity]",
    ),
    "existing": Symbol(
        ("case.usable_existing", "case.capacity_existing", "case.vintages"),
        ("capacity.value",),
        "capacity that was there or was ordered before the plan decides [capacity]",
    ),
    "capacity": Symbol(("capacity(case, v)",), meaning="capacity ordered and in service, before ramp [capacity]"),
    "weight": Symbol(("weights(case)",), ("slices.weight",), "share of the year that a slice or day type takes [1]"),
    "made": Symbol(("made(case, v)", "case.outputs"), ("recipes.out",), "what activity puts out [commodity / year]"),
    "used": Symbol(
        ("used(case, v)", "case.inputs"),
        ("recipes.in",),
        "what activity takes in, in the period in which it takes it [commodity / year]",
    ),
    "built_with": Symbol(
        ("built_with(case, v)", "case.build_inputs"),
        ("recipes.build",),
        "what orders are built of, in the period in which they use it [commodity / year]",
    ),
    "released": Symbol(
        ("released(case, v)", "case.releases"),
        ("recipes.release",),
        "what comes free when capacity ends its life or is retired [commodity / year]",
    ),
    "sent": Symbol(("sent(v)",), meaning="what leaves a place on routes [commodity / year]"),
    "received": Symbol(
        ("received(case, v)",), ("routes.loss",), "what arrives at a place on routes, after losses [commodity / year]"
    ),
    "missed": Symbol(
        ("missed(v)",), ("demand.step_width",), "demand that is not served: the sum of its shortages [commodity / year]"
    ),
    "put_in_stock": Symbol(
        ("put_in_stock(case, v)",),
        ("stocks.keep",),
        "(stock - keep^years x stock of the period before) / years [commodity / year]",
    ),
    "demand": Symbol(("case.demand",), ("demand.quantity",), "what all buyers would take at most [commodity / year]"),
    "load_shape": Symbol(("case.load_shape",), ("load_shapes.value",), "share of a year's demand in a slice [1]"),
    "input": Symbol(("case.prehorizon_inputs",), ("recipes.in", "recipes.offset_month")),
    "opening": Symbol(
        ("case.pipeline", "case.stock_places", "case.stores"),
        ("stocks.opening", "store_limits.opening"),
        "what is there at the start [commodity]",
    ),
    "size": Symbol(
        ("case.block_sites", "case.stores"), ("processes.block",), "size of a block, or of a store [capacity]"
    ),
    "years": Symbol(("case.periods",), meaning="length of the period [year]"),
    "growth": _limit("growth"),
    "seed": _limit("seed"),
    "share": Symbol(
        ("case.limits", "case.shares"),
        ("limits.order_fall", "limits.activity_fall", "shares.value"),
        "the value of the limit or share [1]",
    ),
    **{
        kind: _limit(kind)
        for kind in (
            "order_max",
            "order_min",
            "order_cumulative_max",
            "capacity_max",
            "capacity_min",
            "activity_max",
            "activity_min",
            "activity_cumulative_max",
            "activity_cumulative_min",
            "emission_max",
            "emission_cumulative_max",
        )  # fmt: skip
    },
    "output": Symbol(("case.emission_outputs", "case.outputs"), ("recipes.out",), "what a unit of activity puts out"),
    "numerator": Symbol(
        ("case.share_measures",), ("shares.numerator_group", "shares.of"), "the part, as `of` measures it"
    ),
    "denominator": Symbol(
        ("case.share_measures",), ("shares.denominator_group", "shares.of"), "the whole, as `of` measures it"
    ),
    "local_share": Symbol(("case.local_share",), ("demand.local_share_min",)),
    "licensed": Symbol(("case.rules",), ("rules.value",), "the licensed amount [unit / year]"),
    "loss": Symbol(("case.storage",), ("storage.loss",), "share of a store's level lost from slice to slice [1]"),
    "efficiency": Symbol(("case.storage",), ("storage.efficiency",), "of a round trip, taken on charge [1]"),
    "charge": Symbol(("case.storage",), meaning="`sliced_activity` in the mode `charge` [commodity / year]"),
    "discharge": Symbol(("case.storage",), meaning="`sliced_activity` in the mode `discharge` [commodity / year]"),
    "hours": Symbol(("case.storage",), ("storage.hours",), "hours of discharge at full power [hour]"),
    "inflow": Symbol(
        ("case.season_inflow", "case.level_inflow"),
        ("slices.days", "slices.hours"),
        "how often a slice's net charge of a year counts by then [1]",
    ),
    "charged": Symbol(("charged(case, v)",)),
    "discharged": Symbol(("discharged(case, v)",)),
    "least_share": Symbol(
        ("case.store_limits",), ("store_limits.least_share",), "share of its size that a store keeps [1]"
    ),
    "charge_max": Symbol(("case.store_limits",), ("store_limits.charge_max",), "most that a store takes in, a year"),
    "discharge_max": Symbol(
        ("case.store_limits",), ("store_limits.discharge_max",), "most that a store gives out, a year"
    ),
    "firm_share": Symbol(("case.firm_share",), ("reserve.firm_share",)),
    "margin": Symbol(("case.reserve_margin",), ("reserve.margin",)),
    "cover": Symbol(("case.reserve_cover",), ("reserve.cover",)),
    "payments": Symbol(("case.payments",), ("costs.capex",), "undiscounted money of a unit ordered [money / capacity]"),
    "budget": Symbol(("case.programme",), meaning="`budget` of the scenario's `[programme]` [money]"),
}
"""Every quantity that an equation names and that is no decision."""

PLAIN_WORDS = frozenset(
    {
        *("sum", "over", "of", "up", "to", "the", "in", "what", "with", "on", "and", "or", "from", "until", "after"),
        *("before", "first", "last", "right", "min", "x", "e", "s", "PERIOD", "MOMENT"),
        *("mode", "modes", "slice", "slices", "sliced", "period", "periods", "season", "year", "day", "type", "step"),
        *("orders", "use", "running", "building", "arrivals", "losses", "amount", "money", "baseline", "kept"),
        *("existed", "empty"),
    }
)
"""Words of the equations that are grammar or labels and stand for no quantity."""
