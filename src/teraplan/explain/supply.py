"""What is not there: processes that could make a good and cannot be ordered in a place, or not in time, and why."""

import polars as pl

from teraplan.case.case import WORLD, Case
from teraplan.explain.explanation import Line
from teraplan.explain.lines import SITE, Lookup, lines_of
from teraplan.report.words import as_given


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
    months = case.tables.frames["lead_times"].filter(here)["value"].sum()
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

    Of a good of world scope only where nothing at all makes it then.
    """
    made = case.outputs.filter(pl.col("commodity") == commodity)
    now = made.filter((pl.col("place") == place) & (pl.col("period") == period))
    running = pl.concat(
        [case.activity_sites.select(*SITE, "period"), case.sliced_activity_sites.select(*SITE, "period")]
    )
    there = now.join(running, on=[*SITE, "period"], how="semi")
    if place == WORLD:
        if there.height or not now.height:
            return ([] if there.height else [f"nothing makes {commodity} in {period}"]), ()
        pairs = now.select("process", "region").unique().sort("process", "region").rows()
    else:
        pairs = [(name, place) for name in made["process"].unique().sort() if name not in set(there["process"])]
    found = [first_service(case, process, region, period) for process, region in pairs]
    told = [(text, lines) for text, lines in found if text]
    return [text for text, _ in told], tuple(line for _, lines in told for line in lines)


def missing_sites(case: Case, process: str) -> list[str]:
    """Return the regions in which other processes of the same stage may be ordered and this one may not.

    Of a process without any site: all of them.
    """
    stage = case.processes.filter(pl.col("process") == process)["stage"]
    alike = case.processes.filter(pl.col("stage").is_in(stage.implode())).select("process")
    sites = case.tables.frames["sites"]
    regions = sites.join(alike, on="process", how="semi")["region"].unique().sort()
    own = set(sites.filter(pl.col("process") == process)["region"])
    return [region for region in regions if region not in own]


def _window(case: Case, here: pl.Expr) -> str:
    """The years of service that a site allows, as words."""
    rows = case.tables.frames["sites"].filter(here)
    first, last = rows["first_year"][0], rows["last_year"][0]
    parts = [f"from {first} on"] if first is not None else []
    parts += [f"until {last}"] if last is not None else []
    return f"; its site may come into service {' and '.join(parts)}" if parts else ""
