"""The network's linear program in Pyomo: a concrete model with a rule for each constraint, as tutorials write it."""

import numpy as np
import pyomo.environ as pyo
from pyomo.contrib.appsi.solvers import Highs

from benchmarks.network import BATTERY, DAYS, HOURS, LINE_COST, LINE_LOSS, Network


def stated(made: Network) -> pyo.ConcreteModel:
    """Return the model of a network."""
    plants, regions, years, slices = made.shape
    weight, kept = 1.0 / slices, 1.0 - LINE_LOSS
    ordered = [[np.flatnonzero(made.alive[p, t]).tolist() for t in range(years)] for p in range(plants + 1)]
    weather, running, load = made.weather.tolist(), made.running.tolist(), made.load.tolist()
    payments, factors, line = made.payments.tolist(), made.factors.tolist(), made.line.tolist()
    m = pyo.ConcreteModel()
    P, R, T, S = (range(size) for size in (plants, regions, years, slices))
    m.order = pyo.Var(range(plants + 1), R, T, bounds=(0, None))
    m.run = pyo.Var(P, R, T, S, bounds=(0, None))
    m.charge, m.discharge, m.level = (pyo.Var(R, T, S, bounds=(0, None)) for _ in range(3))
    m.ahead, m.behind = (pyo.Var(R, T, S, bounds=lambda m, r, t, s: (0, weight * line[r])) for _ in range(2))

    def installed(p: int, r: int, t: int) -> object:
        return sum(m.order[p, r, o] for o in ordered[p][t])

    m.runs_within = pyo.Constraint(
        P, R, T, S, rule=lambda m, p, r, t, s: m.run[p, r, t, s] <= weight * weather[p][r][s] * installed(p, r, t)
    )
    m.charges_within = pyo.Constraint(
        R, T, S, rule=lambda m, r, t, s: m.charge[r, t, s] <= weight * installed(plants, r, t)
    )
    m.discharges_within = pyo.Constraint(
        R, T, S, rule=lambda m, r, t, s: m.discharge[r, t, s] <= weight * installed(plants, r, t)
    )
    m.held = pyo.Constraint(
        R,
        T,
        S,
        rule=lambda m, r, t, s: (
            m.level[r, t, s]
            == m.level[r, t, (s - 1) % slices]
            + (BATTERY["efficiency"] * m.charge[r, t, s] - m.discharge[r, t, s]) / DAYS
        ),
    )
    m.within_hours = pyo.Constraint(
        R, T, S, rule=lambda m, r, t, s: m.level[r, t, s] <= BATTERY["hours"] / HOURS * installed(plants, r, t)
    )

    def balance(m: pyo.ConcreteModel, r: int, t: int, s: int) -> object:
        before = (r - 1) % regions
        lines = kept * m.ahead[before, t, s] - m.ahead[r, t, s] + kept * m.behind[r, t, s] - m.behind[before, t, s]
        made_here = sum(m.run[p, r, t, s] for p in P) + m.discharge[r, t, s] - m.charge[r, t, s]
        return made_here + lines >= weight * load[r][t]

    m.balance = pyo.Constraint(R, T, S, rule=balance)
    m.cost = pyo.Objective(
        expr=sum(payments[p][t] * m.order[p, r, t] for p, r, t in m.order)
        + sum(running[p][r] * factors[t] * m.run[p, r, t, s] for p, r, t, s in m.run)
        + sum(LINE_COST * factors[t] * (m.ahead[r, t, s] + m.behind[r, t, s]) for r, t, s in m.ahead)
    )
    return m


def passed(model: pyo.ConcreteModel) -> Highs:
    """Return a HiGHS interface that holds the model."""
    solver = Highs()
    solver.set_instance(model)
    return solver
