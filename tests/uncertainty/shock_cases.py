"""Small cases for the tests of shocks: a mill whose grain is worth 5 a unit, ten of them asked for a year."""

from pathlib import Path

from model.small_cases import (
    Tables,
    cost,
    curve,
    demand,
    existing,
    goods,
    plant,
    process,
    recipe,
    site,
    small_case,
)
from teraplan.case.case import Case
from teraplan.shocks.shocks import Shock
from teraplan.shocks.targets import Target

FIVE_YEARS = [(2025, 2030, 1)]
GRAIN = (goods("grain"), plant("mill", {"grain": 1}))
BAKERY = {"process": "bakery", "region": "USA"}
MILL = (*GRAIN, existing("mill", 10))


def asked(good: str = "grain", region: str = "USA") -> tuple[Tables, Tables]:
    """Ten a year, each worth 5."""
    return demand(good, 10, region), curve(good, [(1, 5)], region)


def mill_case(folder: Path, *parts: Tables, period: list[tuple[float, float, float]] | None = None) -> Case:
    """The mill, what is asked for, and further parts."""
    return small_case(folder, *MILL, *asked(), *parts, period=period or FIVE_YEARS)


def bakery_case(folder: Path) -> Case:
    """The mill's grain becomes flour in a bakery without capacity."""
    bakery = (goods("flour"), process("bakery", {"flour": 1}, {"grain": 1}), {"sites": [BAKERY]})
    return small_case(folder, *MILL, *bakery, *asked("flour"), period=FIVE_YEARS)


def trade_case(folder: Path, **columns: object) -> Case:
    """The mill stands in one region and its grain is asked for in another; a fifth is lost on the way."""
    route = {"commodity": "grain", "origin": "USA", "destination": "TWN", "cost": 0.001, "loss": 0.2, **columns}
    return small_case(
        folder, *GRAIN, existing("mill", 20), *asked(region="TWN"), {"routes": [route]}, period=FIVE_YEARS
    )


def building_case(folder: Path, lead: float = 24.0, **block: object) -> Case:
    """More of the mill may be ordered for 1 a unit, `lead` months ahead; `block`: what was ordered before."""
    before = (existing("mill", 10, **block),) if block else ()
    parts = (*GRAIN, site("mill", lead=lead), cost("mill", "capex", 1), *before)
    return small_case(folder, *parts, *asked(), period=FIVE_YEARS)


def forge_case(folder: Path, *parts: Tables, lead: float = 21.0) -> Case:
    """Mills for 1 a unit, ordered all year long, `lead` months ahead, each built of a beam that is needed half a year
    before it runs; a forge makes 7.5 beams a year.
    """
    beams = (goods("beam"), plant("forge", {"beam": 1}), existing("forge", 7.5))
    built: Tables = {"recipes": [recipe("mill", "build", "beam", 1, offset_month=6)]}
    mills = (*GRAIN, site("mill", lead=lead), cost("mill", "capex", 1))
    return small_case(folder, *mills, *beams, built, *asked(), *parts, period=FIVE_YEARS, order_timing="even")


def shock(**labels: object) -> Shock:
    """A shock of one target."""
    return Shock("test", (Target(**labels),))  # type: ignore[arg-type]
