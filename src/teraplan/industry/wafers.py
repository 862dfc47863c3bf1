"""From wafers to good dies: how many fit, how many work, what one costs.

Areas are in mm^2, lengths in mm, defect densities per cm^2, money in any one currency. Each argument is one number or
an array; arrays of one shape go together, and what is returned has their shape.
"""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr

from teraplan.errors import Fault
from teraplan.industry.arguments import (
    Array,
    Name,
    Number,
    Numbers,
    checked,
    count,
    positive,
    positive_share,
    refuse,
    result,
    share,
)
from teraplan.industry.placement import placed_dies, wafer_faults

CM2 = 100.0
"""mm^2 in a cm^2."""
BITS = 8.0
"""Bits in a byte."""

FORMULAS: Mapping[str, Callable[[Array, Array, Array], Array]] = MappingProxyType(
    {
        "area": lambda area, side, across: math.pi * across**2 / (4.0 * area),
        "edge_corrected": lambda area, side, across: math.pi * across * (across / 4.0 - side / math.sqrt(2.0)) / area,
        "flynn": lambda area, side, across: math.pi * np.maximum(across - side, 0.0) ** 2 / (4.0 * area),
        "exponential": lambda area, side, across: math.pi * across**2 / (4.0 * area) * np.exp(-2.0 * side / across),
        "de_vries": lambda area, side, across: math.pi * across * (across / 4.0 - 0.58 * side) / area,
    }
)
"""Gross dies from the area of a die with its lane, the mean of its two sides, the usable diameter."""
EXACT = "exact"
CLUSTERED = ("negative_binomial", "bose_einstein")
MODELS = ("poisson", "murphy", "seeds", *CLUSTERED)


def gross_dies(
    die_area: ArrayLike,
    diameter: ArrayLike = 300.0,
    edge_exclusion: ArrayLike = 0.0,
    formula: str = "edge_corrected",
    scribe_lane: ArrayLike = 0.0,
    aspect: ArrayLike = 1.0,
) -> Numbers:
    """Return how many whole dies a wafer holds, before any defect, not rounded and never below zero [die / wafer].

        area            pi d^2 / 4S                            no edge: an upper bound
        edge_corrected  pi d^2 / 4S - pi d s / (sqrt 2 S)      Hennessy and Patterson, Computer Architecture
        flynn           pi (d - s)^2 / 4S                      Flynn, Computer Architecture (1995)
        exponential     pi d^2 / 4S exp(-2 s / d)
        de_vries        pi d^2 / 4S - 0.58 pi d s / S          de Vries, IEEE Trans. Semicond. Manuf. 18 (2005) 136
        exact           counted on the best placed grid        `placement.placed_dies`

    d = diameter - 2 edge_exclusion [mm]. S: die_area [mm^2] with each side longer by scribe_lane [mm]. s: mean of the
    two sides, sqrt S for a square; aspect: width of the die over its height. Raises ArgumentError.
    """
    here = "industry.wafers.gross_dies"
    area, across, rim, lane, ratio = checked(
        here,
        positive("die_area", die_area, "mm^2"),
        positive("diameter", diameter, "mm"),
        Number("edge_exclusion", edge_exclusion, "mm"),
        Number("scribe_lane", scribe_lane, "mm"),
        positive("aspect", aspect, ""),
        Name("formula", formula, (*FORMULAS, EXACT)),
    )
    width, height = np.sqrt(area * ratio), np.sqrt(area / ratio)
    if formula == EXACT:
        return placed_dies(width, height, across, rim, lane)
    usable = across - 2.0 * rim
    refuse(here, wafer_faults(here, usable / 2.0))
    wide, high = width + lane, height + lane
    return result(np.maximum(FORMULAS[formula](wide * high, (wide + high) / 2.0, usable), 0.0))


def die_yield(
    die_area: ArrayLike, defect_density: ArrayLike, model: str = "murphy", clustering: ArrayLike | None = None
) -> Numbers:
    """Return the share of dies without a defect, from m = die_area x defect_density expected defects [1].

        poisson             exp(-m)                      defects fall independently
        murphy              ((1 - exp(-m)) / m)^2        Murphy, Proc. IEEE 52 (1964) 1537: triangular density
        seeds               1 / (1 + m)                  Seeds (1967): exponential density
        negative_binomial   (1 + m / a)^-a               Stapper, IBM J. Res. Dev. 27 (1983) 549: gamma density
        bose_einstein       (1 + m)^-n                   Price, Proc. IEEE 58 (1970) 1290: n critical layers

    die_area [mm^2]; defect_density [1 / cm^2], for bose_einstein of one layer; clustering: a or n, which the last two
    models need (a is usually 2 to 3) and the others do not have. Raises ArgumentError.
    """
    here = "industry.wafers.die_yield"
    clustered = isinstance(model, str) and model in CLUSTERED
    place = f"{here}, clustering"
    lacking = Fault(place, f"{model} needs its shape", "give a for negative_binomial (2 to 3), n for bose_einstein")
    needless = Fault(place, f"{model} has no shape", f"leave it out, or use one of {', '.join(CLUSTERED)}")
    area, density, shape = checked(
        here,
        positive("die_area", die_area, "mm^2"),
        Number("defect_density", defect_density, "1/cm^2"),
        positive("clustering", 1.0 if clustering is None else clustering, ""),
        Name("model", model, MODELS),
    )
    refuse(
        here, [lacking] * (clustered and clustering is None) + [needless] * (not clustered and clustering is not None)
    )
    return result(_yield_of(area / CM2 * density, model, shape))


def _yield_of(defects: Array, model: str, shape: Array) -> Array:
    match model:
        case "poisson":
            return np.exp(-defects)
        case "murphy":
            some = np.where(defects > 0.0, defects, 1.0)
            return np.where(defects > 0.0, (-np.expm1(-some) / some) ** 2, 1.0)
        case "seeds":
            return 1.0 / (1.0 + defects)
        case "negative_binomial":
            return np.exp(-shape * np.log1p(defects / shape))
        case _:
            return np.exp(-shape * np.log1p(defects))


def repaired_yield(
    block_yield: ArrayLike, blocks: ArrayLike, spares: ArrayLike, common_yield: ArrayLike = 1.0
) -> Numbers:
    """Return the share of dies that can be sold when some of their equal blocks may be defective [1].

        common_yield x P(at most `spares` of `blocks` are defective), each block independently with 1 - block_yield

    blocks, spares: whole numbers, spares at most blocks; common_yield: of the part of the die that has no spare. The
    binomial of Koren and Koren, Proc. IEEE 86 (1998) 1819, which is exact where defects fall independently. Raises
    ArgumentError.
    """
    here = "industry.wafers.repaired_yield"
    works, number, spare, common = checked(
        here,
        share("block_yield", block_yield),
        count("blocks", blocks, least=1.0),
        count("spares", spares),
        share("common_yield", common_yield),
    )
    what = Fault(f"{here}, spares", "more spares than blocks", "spares are among the blocks: at most as many")
    refuse(here, [what] * bool(np.any(spare > number)))
    return result(common * bdtr(spare, number.astype(np.int64), 1.0 - works))


def cost_per_good_die(
    wafer_price: ArrayLike, gross_dies: ArrayLike, die_yield: ArrayLike, test_yield: ArrayLike = 1.0
) -> Numbers:
    """Return what one good, tested die costs [money / die].

        wafer_price / (floor(gross_dies) x die_yield x test_yield)

    wafer_price [money / wafer]; gross_dies [die / wafer], rounded down here. Raises ArgumentError, also where no whole
    die fits or none is good.
    """
    here = "industry.wafers.cost_per_good_die"
    price, gross, good, tested = checked(
        here,
        Number("wafer_price", wafer_price, "per wafer"),
        Number("gross_dies", gross_dies, "die", least=1.0),
        positive_share("die_yield", die_yield),
        positive_share("test_yield", test_yield),
    )
    return result(price / (np.floor(gross) * good * tested))


def good_packages_per_wafer(
    gross_dies: ArrayLike, die_yield: ArrayLike, package_yield: ArrayLike = 1.0, dies_per_package: ArrayLike = 1.0
) -> Numbers:
    """Return how many good packages the dies of one wafer make [package / wafer].

        floor(gross_dies) x die_yield x package_yield / dies_per_package

    gross_dies [die / wafer], rounded down here; dies_per_package: of this wafer, a whole number. Raises ArgumentError.
    """
    gross, good, packaged, dies = checked(
        "industry.wafers.good_packages_per_wafer",
        Number("gross_dies", gross_dies, "die"),
        share("die_yield", die_yield),
        share("package_yield", package_yield),
        count("dies_per_package", dies_per_package, least=1.0),
    )
    return result(np.floor(gross) * good * packaged / dies)


def memory_per_wafer(
    bit_density: ArrayLike, good_share: ArrayLike, usable_share: ArrayLike = 1.0, diameter: ArrayLike = 300.0
) -> Numbers:
    """Return the good memory on one wafer of memory dies [GB / wafer].

        pi diameter^2 / 4 x usable_share x bit_density / 8 x good_share

    bit_density: of the whole die [Gbit / mm^2]; usable_share: of the wafer in whole dies; good_share: stacked, tested
    and good of these; diameter [mm]. A thousandth of it is TB / wafer and PB / kwafer. Raises ArgumentError.
    """
    density, good, usable, across = checked(
        "industry.wafers.memory_per_wafer",
        positive("bit_density", bit_density, "Gbit/mm^2"),
        share("good_share", good_share),
        share("usable_share", usable_share),
        positive("diameter", diameter, "mm"),
    )
    return result(math.pi * across**2 / 4.0 * usable * density / BITS * good)
