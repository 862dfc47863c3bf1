"""The network in PyPSA: buses, links, generators and storage units of each year of order, investment periods of a year.

PyPSA gives each year of order a dispatch of its own, so that its program has several times the columns.
"""

import highspy
import numpy as np
import pandas as pd
import pypsa

from benchmarks.network import BATTERY, FIRST_YEAR, HOURS, LIFE, LINE_COST, LINE_LOSS, Network, worth

pypsa.options.api.legacy_string_dtype = False


def stated(made: Network) -> pypsa.Network:
    """Return the network with its linopy model."""
    plants, regions, years, slices = made.shape
    calendar = range(FIRST_YEAR, FIRST_YEAR + years)
    snapshots = pd.MultiIndex.from_product([calendar, range(slices)], names=["period", "timestep"])
    buses = pd.Index([f"r{region}" for region in range(regions)])
    n = pypsa.Network(snapshots=snapshots)
    n.investment_periods = list(calendar)
    n.investment_period_weightings["years"] = 1
    n.investment_period_weightings["objective"] = made.factors
    n.snapshot_weightings["objective"] = n.snapshot_weightings["generators"] = HOURS / slices
    n.snapshot_weightings["stores"] = 24 / slices
    n.add("Bus", buses)
    asked = pd.DataFrame(np.repeat(made.load.T, slices, axis=0), index=snapshots, columns=buses)
    n.add("Load", buses, suffix=" load", bus=buses, p_set=asked.add_suffix(" load"))
    for built in calendar:
        for plant in range(plants):
            names = buses + f" p{plant} {built}"
            weather = pd.DataFrame(np.tile(made.weather[plant].T, (years, 1)), index=snapshots, columns=names)
            n.add(
                "Generator",
                names,
                bus=buses,
                p_nom_extendable=True,
                build_year=built,
                lifetime=LIFE,
                capital_cost=made.capex[plant] / worth(LIFE),
                marginal_cost=made.running[plant] / HOURS,
                p_max_pu=weather if plant < 2 else 1.0,
            )
        n.add(
            "StorageUnit",
            buses + f" battery {built}",
            bus=buses,
            p_nom_extendable=True,
            build_year=built,
            lifetime=BATTERY["life"],
            capital_cost=BATTERY["overnight"] / worth(int(BATTERY["life"])),
            max_hours=BATTERY["hours"],
            efficiency_store=BATTERY["efficiency"],
            cyclic_state_of_charge_per_period=True,
        )
    for name, one, other in (("ahead", buses, np.roll(buses, -1)), ("behind", np.roll(buses, -1), buses)):
        n.add(
            "Link",
            buses + f" {name}",
            bus0=one,
            bus1=other,
            p_nom=made.line,
            efficiency=1 - LINE_LOSS,
            marginal_cost=LINE_COST / HOURS,
        )
    n.optimize.create_model(multi_investment_periods=True, include_objective_constant=False)
    return n


def passed(network: pypsa.Network) -> highspy.Highs:
    """Return a HiGHS that holds the model."""
    return network.model.to_highspy()
