"""Rules of goods: where they are balanced, stored, kept, sent and asked for; one function a rule."""

from collections.abc import Iterator

import polars as pl

from teraplan.case.check_rows import Typed
from teraplan.case.faults import in_rows
from teraplan.case.tables import WORLD
from teraplan.errors import Fault

BALANCED = ("good", "service")
PATTERN = pl.col("region").str.contains("*", literal=True)


def goods_are_balanced(typed: Typed) -> Iterator[Fault]:
    """Only goods and services are demanded, kept, stored, sent or held in reserve; the rest has no balance."""
    counted = _named(typed, ~pl.col("kind").is_in(BALANCED))
    for table in ("demand", "stocks", "routes", "storage", "reserve"):
        named = typed[table].filter(pl.col("item") != "cover") if table == "reserve" else typed[table]
        rows = named.filter(counted).unique("commodity", keep="first", maintain_order=True)
        what = "commodity {commodity!r} is only counted, it has no balance"
        yield from in_rows((table, "commodity"), rows, what, "name a good or a service")


def goods_of_the_world_stand_in_its_pool(typed: Typed) -> Iterator[Fault]:
    """A good of world scope has one balance, in WLD: it is demanded and kept there alone, and at home nowhere."""
    wide = typed["commodities"].filter(pl.col("scope") == "world")
    if WORLD not in typed["regions"]["region"].to_list():
        what = f"commodity {{commodity!r}} has world scope and there is no region {WORLD}"
        yield from in_rows(("commodities", "scope"), wide.head(1), what, f"add {WORLD} to regions.csv")
    of_world = _named(typed, pl.col("scope") == "world")
    what = f"commodity {{commodity!r}} has one balance for the world, in {WORLD}"
    fix = f"put it in {WORLD}, or give the commodity scope region"
    for table in ("demand", "stocks"):
        lost = typed[table].filter(of_world & ~PATTERN & (pl.col("region") != WORLD))
        yield from in_rows((table, "region"), lost, what, fix)
    local = pl.col("item") == "local_share_min"
    homeless = (
        ("routes", typed["routes"]),
        ("reserve", typed["reserve"].filter(pl.col("item").is_in(["margin", "cover"]))),
        ("demand", typed["demand"].filter(local & (PATTERN | (pl.col("region") == WORLD)))),
    )
    for table, rows in homeless:
        what = "commodity {commodity!r} has one balance for the world, and no home or way"
        yield from in_rows((table, "commodity"), rows.filter(of_world), what, "take it out, or give it scope region")


def stocks_hold_what_they_say(typed: Typed) -> Iterator[Fault]:
    """Carried stocks are of goods balanced by the year; a pipeline is one amount a good, and only that."""
    rows = typed["stocks"]
    pipeline = pl.col("kind") == "pipeline"
    sliced = rows.filter(~pipeline & _named(typed, pl.col("clock") == "sliced"))
    what = "a stock of {commodity!r}, which is balanced in slices, is not in this version"
    yield from in_rows(("stocks", "commodity"), sliced, what, "use storage, or the yearly clock")
    more = (pl.col("keep") < 1) | (pl.col("carrying_cost") > 0) | (pl.col("closing") != "free")
    what = "a pipeline of {commodity!r} keeps nothing: it has no loss, no carrying cost and no closing"
    yield from in_rows(("stocks", "kind"), rows.filter(pipeline & more), what, "leave them empty, or carry the stock")
    twice = rows.filter(pipeline & pl.col("commodity").is_duplicated().over("kind"))
    what = "the pipeline of {commodity!r} is one for all regions, and stands in several rows"
    yield from in_rows(("stocks", "commodity"), twice, what, "put it in one row")


def routes_lead_somewhere_else(typed: Typed) -> Iterator[Fault]:
    """A route has two ends."""
    back = typed["routes"].filter(pl.col("origin") == pl.col("destination"))
    what = "a route from {origin} to itself"
    yield from in_rows(("routes", "destination"), back, what, "name another region, or take the route out")


def demand_names_its_region_and_steps(typed: Typed) -> Iterator[Fault]:
    """A quantity stands in a region, since patterns create nothing; prices and widths of steps say their step."""
    rows = typed["demand"]
    what = "a quantity in {region!r}: patterns fill values, they create no demand"
    everywhere = rows.filter((pl.col("item") == "quantity") & PATTERN)
    yield from in_rows(("demand", "region"), everywhere, what, "give a row for each region that asks for it")
    of_step = pl.col("item").is_in(["step_width", "step_price"])
    bare = rows.filter(of_step & pl.col("step").is_null())
    yield from in_rows(("demand", "step"), bare, "{item} without its step", "number the steps 0, 1, 2, ...")
    odd = rows.filter(~of_step & pl.col("step").is_not_null())
    yield from in_rows(("demand", "step"), odd, "{item} has no steps", "leave the step empty")


def terms_of_demand_are_of_a_buyer(typed: Typed) -> Iterator[Fault]:
    """Prices, steps and shares are those of a buyer who asks for a quantity, and a step with a price has a width."""
    rows = typed["demand"]
    asked = rows.filter(pl.col("item") == "quantity").select("commodity", "buyer")
    lost = rows.join(asked, on=["commodity", "buyer"], how="anti", maintain_order="left")
    what = "{item} of {commodity!r} for buyer {buyer!r}, who asks for no quantity"
    yield from in_rows(("demand", "buyer"), lost, what, "name a buyer who has a quantity")
    step = ["commodity", "buyer", "step"]
    widths = rows.filter((pl.col("item") == "step_width") & pl.col("step").is_not_null())
    prices = rows.filter((pl.col("item") == "step_price") & pl.col("step").is_not_null())
    what = "step {step} of {commodity!r} has a price and no width"
    yield from in_rows(("demand", "step"), prices.join(widths, on=step, how="anti"), what, "add its step_width")


def firm_shares_are_of_a_process(typed: Typed) -> Iterator[Fault]:
    """A firm share counts for all that its process puts out, so there is one; a margin is of a commodity."""
    rows = typed["reserve"]
    firm = rows.filter(pl.col("item") == "firm_share")
    twice = firm.filter(pl.struct("process", "region", "year").is_duplicated())
    what = "process {process!r} has more than one firm share"
    yield from in_rows(("reserve", "process"), twice, what, "keep one: it counts for all that the process puts out")
    for item, column in (("firm_share", "process"), ("margin", "commodity"), ("cover", "commodity")):
        bare = rows.filter((pl.col("item") == item) & (pl.col(column).is_null() | (pl.col(column) == "")))
        yield from in_rows(("reserve", column), bare, f"a {item} without its {column}", f"name its {column}")


def load_shapes_are_of_slices(typed: Typed) -> Iterator[Fault]:
    """Only the demand of goods on the sliced clock has a shape, and covers need slices to hold in."""
    yearly = (
        typed["load_shapes"].filter(_named(typed, pl.col("clock") != "sliced")).unique("commodity", maintain_order=True)
    )
    what = "{commodity!r} is balanced by the year: its demand has no slices"
    yield from in_rows(("load_shapes", "commodity"), yearly, what, "put it on the sliced clock, or take the shape out")
    bare = typed["reserve"].filter((pl.col("item") == "cover") & pl.lit(not typed["slices"].height))
    yield from in_rows(("reserve", "item"), bare, "a cover holds in every slice, and there are none", "add slices.csv")


def _named(typed: Typed, which: pl.Expr) -> pl.Expr:
    """Whether a row names one of the commodities of a kind."""
    return pl.col("commodity").is_in(typed["commodities"].filter(which)["commodity"].to_list()).fill_null(False)


GOOD_CHECKS = (
    goods_are_balanced,
    goods_of_the_world_stand_in_its_pool,
    stocks_hold_what_they_say,
    routes_lead_somewhere_else,
    demand_names_its_region_and_steps,
    terms_of_demand_are_of_a_buyer,
    firm_shares_are_of_a_process,
    load_shapes_are_of_slices,
)
