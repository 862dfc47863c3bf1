"""Two-stage programs with published answers, stated from their data."""

from collections.abc import Sequence
from itertools import product
from math import prod

import numpy as np
from scipy import sparse

from teraplan.uncertainty import ScenarioChange, TwoStageCore

INF = np.inf


def core_of(
    cost: Sequence[float],
    rows: Sequence[tuple[Sequence[float], float, float]],
    first: int,
    bounds: dict[int, tuple[float, float]] | None = None,
    integer: Sequence[int] = (),
) -> TwoStageCore:
    """Return a core of dense rows (coefficients, lower, upper); columns from 0 up, but for those with bounds."""
    lower, upper = np.zeros(len(cost)), np.full(len(cost), INF)
    for column, (low, high) in (bounds or {}).items():
        lower[column], upper[column] = low, high
    return TwoStageCore(
        cost=np.array(cost, dtype=float),
        matrix=sparse.csr_matrix(np.array([row for row, _, _ in rows], dtype=float)),
        row_lower=np.array([low for _, low, _ in rows], dtype=float),
        row_upper=np.array([high for _, _, high in rows], dtype=float),
        column_lower=lower,
        column_upper=upper,
        first_stage=np.arange(len(cost)) < first,
        integer=np.isin(np.arange(len(cost)), integer),
    )


def farmer() -> tuple[TwoStageCore, list[ScenarioChange]]:
    """Acres of wheat, corn and beets before the weather is known [Birge and Louveaux 1997, section 1.1].

    Columns: acres (3); bought wheat, corn; sold wheat, corn, beets at the good price, beets at the bad one.
    """
    core = core_of(
        [150, 230, 260, 238, 210, -170, -150, -36, -10],
        [
            ([1, 1, 1, 0, 0, 0, 0, 0, 0], -INF, 500),
            ([2.5, 0, 0, 1, 0, -1, 0, 0, 0], 200, INF),
            ([0, 3, 0, 0, 1, 0, -1, 0, 0], 240, INF),
            ([0, 0, 20, 0, 0, 0, 0, -1, -1], 0, INF),
        ],
        first=3,
        bounds={7: (0, 6000)},
    )
    return core, [
        ScenarioChange(1 / 3, coefficient={(1, 0): 2.5 * yields, (2, 1): 3 * yields, (3, 2): 20 * yields})
        for yields in (1.2, 1.0, 0.8)
    ]


def electricity(budget: float, least: float, penalty: bool) -> TwoStageCore:
    """Four kinds of plant for three modes of demand [Louveaux and Smeers 1988].

    Columns: capacity (4); output of each plant in each mode (12); what is bought at a penalty above capacity (4).
    """
    build, hours, running = [10, 7, 16, 6], [10, 6, 1], [4, 4.5, 3.2, 5.5]
    cost = [*build, *(one * time for one in running for time in hours), *([1000] * 4 if penalty else [])]
    zeros = [0.0] * len(cost)

    def row(entries: dict[int, float]) -> list[float]:
        return [entries.get(at, zero) for at, zero in enumerate(zeros)]

    outputs = {plant: range(4 + 3 * plant, 7 + 3 * plant) for plant in range(4)}
    rows = [
        (row(dict.fromkeys(range(4), 1.0)), least, INF),
        (row(dict(enumerate(map(float, build)))), -INF, budget),
        *(
            (
                row({plant: -1.0, **dict.fromkeys(outputs[plant], 1.0), **({16 + plant: -1.0} if penalty else {})}),
                -INF,
                0,
            )
            for plant in range(4)
        ),
        *((row({outputs[plant][mode]: 1.0 for plant in range(4)}), 0, INF) for mode in range(3)),
    ]
    return core_of(cost, rows, first=4)


def lands() -> tuple[TwoStageCore, list[ScenarioChange]]:
    """LandS with three scenarios: published optimum 381.853 [Louveaux and Smeers 1988; SMPS test set of A. Felt]."""
    demands = ((0.3, 3.0), (0.4, 5.0), (0.3, 7.0))
    return electricity(120, 12, penalty=False), [
        ScenarioChange(chance, row_lower={6: demand, 7: 3.0, 8: 2.0}) for chance, demand in demands
    ]


def pgp2() -> tuple[TwoStageCore, list[ScenarioChange]]:
    """PGP2, 576 scenarios: published optimum 447.324 [Higle and Sen 1996].

    Data as in the MIT-licensed readSMPS-Py, files pgp2.mps and pgp2C.sto (demands).
    """
    tails = ((0.0005, 0.00125), (0.0215, 0.2857, 0.383, 0.2857, 0.0215), (0.00125, 0.00005))
    chances = [(0.00005, 0.00125, *tails[1], *tails[2]), *[(0.0013, *tails[1], *tails[2])] * 2]
    values = (
        (0.5, 1.0, 2.5, 3.5, 5.0, 6.5, 7.5, 9.0, 9.5),
        (0.0, 1.5, 2.5, 4.0, 5.5, 6.5, 8.0, 8.5),
        (0.0, 0.5, 1.5, 3.0, 4.5, 5.5, 7.0, 7.5),
    )
    return electricity(220, 15, penalty=True), [
        ScenarioChange(
            prod(one[at] for one, at in zip(chances, places, strict=True)),
            row_lower={6 + mode: values[mode][at] for mode, at in enumerate(places)},
        )
        for places in product(*(range(len(one)) for one in values))
    ]


def apl1p() -> tuple[TwoStageCore, list[ScenarioChange]]:
    """APL1P, 1280 scenarios: published optimum 24642.32 [Infanger 1992; costs of Bailey, Jensen and Morton 1999].

    Two generators of uncertain availability, three levels of uncertain demand. Columns: capacity (2), operation (6),
    unserved (3). Data as in the BSD-licensed mpi-sppy, tests/examples/apl1p.py.
    """
    rows = [
        ([-1, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0], -INF, 0),
        ([0, -1, 0, 0, 0, 1, 1, 1, 0, 0, 0], -INF, 0),
        ([0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0], 0, INF),
        ([0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0], 0, INF),
        ([0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1], 0, INF),
    ]
    core = core_of([4, 2.5, 4.3, 2, 0.5, 8.7, 4, 1, 10, 10, 10], rows, first=2, bounds={0: (1000, INF), 1: (1000, INF)})
    one = {1.0: 0.2, 0.9: 0.3, 0.5: 0.4, 0.1: 0.1}
    two = {1.0: 0.1, 0.9: 0.2, 0.7: 0.5, 0.1: 0.1, 0.0: 0.1}
    demand = {900.0: 0.15, 1000.0: 0.45, 1100.0: 0.25, 1200.0: 0.15}
    tables = (one, two, demand, demand, demand)
    return core, [
        ScenarioChange(
            prod(table[value] for table, value in zip(tables, values, strict=True)),
            coefficient={(0, 0): -values[0], (1, 1): -values[1]},
            row_lower={2: values[2], 3: values[3], 4: values[4]},
        )
        for values in product(*tables)
    ]


def products() -> tuple[TwoStageCore, list[ScenarioChange]]:
    """Two resources, two products whose prices and demands are uncertain: published optimum -855.83.

    [Birge and Louveaux 1997, section 5.1, example 1 of the L-shaped method.] Demands are bounds of columns.
    """
    core = core_of(
        [100, 150, -24, -28],
        [([1, 1, 0, 0], -INF, 120), ([-60, 0, 6, 10], -INF, 0), ([0, -80, 8, 5], -INF, 0)],
        first=2,
        bounds={0: (40, INF), 1: (20, INF)},
    )
    return core, [
        ScenarioChange(0.4, cost={2: -24, 3: -28}, column_upper={2: 500, 3: 100}),
        ScenarioChange(0.6, cost={2: -28, 3: -32}, column_upper={2: 300, 3: 300}),
    ]


def schultz(count: int) -> tuple[TwoStageCore, list[ScenarioChange]]:
    """Whole numbers in both stages, right-hand sides on a grid of count x count from 5 to 15.

    [Schultz, Stougie and van der Vlerk 1998; optima by Ahmed, Tawarmalani and Sahinidis 2004, first stage in [0, 5].]
    """
    core = core_of(
        [-1.5, -4, -16, -19, -23, -28],
        [([1, 0, 2, 3, 4, 5], -INF, 0), ([0, 1, 6, 1, 3, 2], -INF, 0)],
        first=2,
        bounds={at: (0, 5 if at < 2 else 1) for at in range(6)},
        integer=(2, 3, 4, 5),
    )
    grid = np.linspace(5, 15, count)
    return core, [ScenarioChange(1 / count**2, row_upper={0: a, 1: b}) for a in grid for b in grid]
