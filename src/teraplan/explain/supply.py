"""What is not there: processes that could make a good and cannot be ordered in a place, or not in time, and why."""

import polars as pl

from teraplan.case.case import WORLD, Case
from teraplan.explain.explanation import Line
from teraplan.explain.lines import SITE, Lookup, lines_of
from teraplan.report.words import as_given

HERE = ("process", "region", "period")


def first_service(case: Case, process: str, region: str, period: str) -> tuple[str, tuple[Line, ...]]:
    """Return why no order of a process in a region is in service in a period, and the lines that say so.

    An empty text where an order is.
    """
    here = (pl.col("process") == process) & (pl.col("region") == region)
    if case.service.filter(here & (pl.col("period") == period)).height:
        return "", ()
    labels = {"process": process, "region": region}
    sites = lines_of(case, Lookup("sites", SITE, dated=False), labels)
    if not sites:
        return f"{process} cannot be ordered in {region}: sites.csv has no row for it", ()
    lead = lines_of(case, Lookup("lead_times", SITE, dated=False), labels)
    months = case.tables.frames["lead_times"].filter(here)["value"].to_numpy().max(initial=0.0)
    window = _window(case, here)
    takes = f"an order of {process} in {region} takes {as_given(float(months))} months"
    served = case.service.filter(here).join(case.periods.select("period", "index"), on="period").sort("index")
    orders = case.order_sites.filter(here).sort("a")
    if not served.height:
        return f"{takes}, and none can be in service within the plan{window}", (*lead, *sites)
    start, end = str(served["period"][0]), str(served["period"][-1])
    first = case.periods.filter(pl.col("period") == period)["index"][0]
    if first > served["index"][-1]:
        return f"orders of {process} in {region} are in service until {end} only{window}", sites
    since = f"the first that can be placed, of {orders['period'][0]}, is in service in {start}"
    return f"{takes}: {since}{window}", (*lead, *(sites if window else ()))


def missing_makers(case: Case, commodity: str, place: str, period: str) -> tuple[list[str], tuple[Line, ...]]:
    """Return, for each process that makes a good somewhere and does not run in a place in a period, why it does not.

    Of a good of world scope, which is made in many regions, only where nothing at all makes it then.
    """
    recipes = case.tables.frames["recipes"].filter((pl.col("flow") == "out") & (pl.col("commodity") == commodity))
    running = [sites.select(*HERE) for sites in (case.activity_sites, case.sliced_activity_sites)]
    there = pl.concat(running).filter(pl.col("period") == period).unique()
    made = recipes.select("process", "region").unique().sort("process", "region")
    now = made.join(there, on=["process", "region"])
    if place == WORLD:
        pairs = [] if now.height else made.rows()
    else:
        ready = set(now.filter(pl.col("region") == place)["process"])
        pairs = [(name, place) for name in made["process"].unique().sort() if name not in ready]
    found = [first_service(case, process, region, period) for process, region in pairs]
    told = [(text, lines) for text, lines in found if text]
    return [text for text, _ in told], tuple(line for _, lines in told for line in lines)


def makers(case: Case, commodity: str) -> list[str]:
    """Return the processes that make a good anywhere."""
    recipes = case.tables.frames["recipes"]
    made = recipes.filter((pl.col("flow") == "out") & (pl.col("commodity") == commodity))
    return made["process"].unique().sort().to_list()


def missing_sites(case: Case, process: str) -> list[str]:
    """Return the regions in which most of the other processes of its stage may be ordered and this one may not."""
    stage = case.processes.filter(pl.col("process") == process)["stage"]
    alike = case.processes.filter(pl.col("stage").is_in(stage.implode()) & (pl.col("process") != process))
    sites = case.tables.frames["sites"]
    others = sites.join(alike, on="process", how="semi")
    counted = others.group_by("region").agg(pl.col("process").n_unique()).sort("region")
    most = counted.filter(pl.col("process") > others["process"].n_unique() / 2)["region"]
    own = set(sites.filter(pl.col("process") == process)["region"])
    return [region for region in most if region not in own]


def _window(case: Case, here: pl.Expr) -> str:
    """The years of service that a site allows, as words."""
    rows = case.tables.frames["sites"].filter(here)
    first, last = rows["first_year"][0], rows["last_year"][0]
    parts = [f"from {first} on"] if first is not None else []
    parts += [f"until {last}"] if last is not None else []
    return f"; its site may come into service {' and '.join(parts)}" if parts else ""
