"""What rows say together is held against the rules: processes, time, storage, goods, groups, and what is in reach."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from case.folders import FILES, added, changed, faults_of, says

Change = Mapping[str, str | bytes | None]
AVAILABILITY = "process,region,slice,year,value,unit,source,grade\n"
LIMITS = "limit,kind,group,region_group,year,value,unit,source,grade\n"
SHARES = (
    "share,numerator_group,denominator_group,numerator_regions,denominator_regions,of,sense,year,value,unit,"
    "source,grade\n"
)
RULES = "rule,commodity_group,origin_group,destination_group,of,year,value,unit,source,grade\n"
TAXES = "tax,kind,process,region,of,year,value,unit,source,grade\n"
STOCKS = "commodity,region,kind,opening,source,grade\n"
ROUTES = "commodity,origin,destination,cost,source,grade\n"
STORAGE = "process,commodity,hours,efficiency,source,grade\n"
PROFILES = "profile,position,value,unit,source,grade\n"
SLICES = "slice,day_type,order,weight,source,grade\n"
TWO_REGIONS = {"regions.csv": FILES["regions.csv"] + "TWN,Taiwan,24,121\n"}
FREE = "gift,clusters,,kchip,1,,book,reported,"


RULES_BROKEN: Mapping[str, tuple[Change, str, str, str]] = {
    "a capacity without a life": (
        changed("processes.csv", "MH100e*year,2,5", "MH100e*year,2,"),
        "processes.csv line 3, column life",
        "process 'cluster' has a capacity and no life",
        "years in service",
    ),
    "money for a capacity that is none": (
        changed("processes.csv", "GW,MH100e*year,2,5", ",MH100e*year,2,"),
        "lead_times.csv line 3, column process",
        "process 'cluster' has a lead time and no capacity unit",
        "capacity_unit",
    ),
    "a release away from the end of life": (
        added("recipes.csv", "fab,,release,chip,,,6,1,kchip/(kchip/year),,,book,reported,"),
        "recipes.csv line 5, column offset_month",
        "a release 6 months away from the end of life",
        "leave it empty",
    ),
    "a site that closes before it opens": (
        changed("sites.csv", "cluster,USA,,", "cluster,USA,2028,2026"),
        "sites.csv line 3, column last_year",
        "last_year 2026 is before first_year 2028",
        "after its start",
    ),
    "capacity that ends before it starts": (
        changed("capacity.csv", "operating,", "operating,2023"),
        "capacity.csv line 2, column end",
        "end 2023 is before start 2024",
        "after its start",
    ),
    "a ramp with a gap": (
        {
            "profiles.csv": PROFILES + "slow,1,0.5,1,book,reported\nslow,3,0.8,1,book,reported\n",
            **changed("lead_times.csv", "fab,,,,", "fab,,,slow,"),
        },
        "profiles.csv lines 2 and 3, column position",
        "positions of 'slow' do not count",
        "without gaps",
    ),
    "a spend profile that does not sum to one": (
        {
            "profiles.csv": PROFILES + "half,1,0.5,1,book,reported\n",
            **changed("lead_times.csv", "fab,,,,", "fab,,half,,"),
        },
        "profiles.csv line 2, column value",
        "spend profile 'half' sums to 0.5",
        "sum to 1",
    ),
    "a profile that is not declared": (
        changed("lead_times.csv", "fab,,,,", "fab,,hlf,,"),
        "lead_times.csv line 2, column spend_profile",
        "profile 'hlf' is not declared in profiles.csv",
        "there is none",
    ),
    "slices that do not make a year": (
        {"slices.csv": SLICES + "day,d,0,0.5,book,reported\nnight,d,1,0.4,book,reported\n"},
        "slices.csv, column weight",
        "weights sum to 0.9",
        "sum to 1",
    ),
    "a sliced process without slices": (
        {
            "processes.csv": FILES["processes.csv"]
            .replace("stage,", "clock,stage,")
            .replace(",wafers", ",sliced,wafers")
            .replace(",clusters", ",,clusters")
        },
        "processes.csv line 2, column clock",
        "process 'fab' is sliced and there are no slices",
        "slices.csv",
    ),
    "an availability by slice of a yearly process": (
        {
            "slices.csv": SLICES + "day,d,0,1,book,reported\n",
            "availability.csv": AVAILABILITY + "fab,,day,,0.5,1,book,reported\n",
        },
        "availability.csv line 2, column slice",
        "process 'fab' runs by the year and has an availability in slice 'day'",
        "sliced clock",
    ),
    "an availability in a slice that does not exist": (
        {
            "slices.csv": SLICES + "day,d,0,1,book,reported\n",
            "availability.csv": AVAILABILITY + "fab,,dawn,,0.5,1,book,reported\n",
        },
        "availability.csv line 2, column slice",
        "slice 'dawn' is not declared in slices.csv",
        "day",
    ),
    "a process without output": (
        changed("recipes.csv", "fab,,out,chip,,,,1,1,,,book,reported,\n", ""),
        "processes.csv line 2, column process",
        "process 'fab' puts out nothing",
        "flow out",
    ),
    "a process that stands nowhere": (
        {**added("processes.csv", FREE), **added("recipes.csv", "gift,,out,chip,,,,1,1,,,book,reported,")},
        "processes.csv line 4, column process",
        "process 'gift' has neither a site nor capacity: it can never be built or run",
        "sites.csv or capacity.csv",
    ),
    "a mode for money of capacity": (
        changed("costs.csv", "fab,,,capex", "fab,main,,capex"),
        "costs.csv line 2, column mode",
        "capex is paid for capacity, which modes share",
        "empty",
    ),
    "a cost of a mode that no recipe has": (
        added("costs.csv", "cluster,train,,fuel,,1,GUSD/(MH100e*year),,,,book,reported,"),
        "costs.csv line 6, column mode",
        "no recipe has mode 'train'",
        "main",
    ),
    "storage with a recipe, on the yearly clock": (
        {"storage.csv": STORAGE + "fab,chip,4,0.9,book,reported\n"},
        "storage.csv line 2, column process",
        "storage process 'fab' needs a capacity unit and the sliced clock",
        "processes.csv",
    ),
    "demand for what is only counted": (
        changed("commodities.csv", "MH100e*year,service", "MH100e*year,count"),
        "demand.csv line 2, column commodity",
        "commodity 'compute' is only counted",
        "a good or a service",
    ),
    "a good of the world without a pool": (
        changed("commodities.csv", "kchip,good,region", "kchip,good,world"),
        "commodities.csv line 2, column scope",
        "commodity 'chip' has world scope and there is no region WLD",
        "add WLD",
    ),
    "a good of the world kept in a country": (
        {
            **changed("commodities.csv", "kchip,good,region", "kchip,good,world"),
            **added("regions.csv", "WLD,World,,"),
            "stocks.csv": STOCKS + "chip,USA,carried,1,book,reported\n",
        },
        "stocks.csv line 2, column region",
        "one balance for the world, in WLD",
        "put it in WLD",
    ),
    "a route for a good of the world": (
        {
            **changed("commodities.csv", "kchip,good,region", "kchip,good,world"),
            **added("regions.csv", "WLD,World,,"),
            "routes.csv": ROUTES + "chip,USA,WLD,0,book,reported\n",
        },
        "routes.csv line 2, column commodity",
        "one balance for the world, and no home or way",
        "take it out",
    ),
    "a route to where it begins": (
        {"routes.csv": ROUTES + "chip,USA,USA,0,book,reported\n"},
        "routes.csv line 2, column destination",
        "from USA to itself",
        "another region",
    ),
    "a quantity by pattern": (
        changed("demand.csv", "compute,USA,,2029", "compute,*,,2029"),
        "demand.csv line 3, column region",
        "patterns fill values, they create no demand",
        "each region",
    ),
    "a price without its step": (
        changed("demand.csv", "step_price,1,1", "step_price,,1"),
        "demand.csv line 8, column step",
        "step_price without its step",
        "number the steps",
    ),
    "a quantity with a step": (
        changed("demand.csv", "2029,quantity,,10", "2029,quantity,3,10"),
        "demand.csv line 3, column step",
        "quantity has no steps",
        "empty",
    ),
    "a width without a price": (
        changed("demand.csv", "compute,*,,,step_price,1,1,1,book,forecast,\n", ""),
        "demand.csv line 6",
        "step 1 of compute in USA has a width and no price",
        "step_price",
    ),
    "a price that is money in one year and a multiple in another": (
        {
            "demand.csv": FILES["demand.csv"].replace(
                "compute,*,,,step_price,1,1,1,book,forecast,\n",
                "compute,*,,2025,step_price,1,1,1,book,forecast,\n"
                "compute,*,,2029,step_price,1,4,GUSD/(MH100e*year),book,forecast,\n",
            )
        },
        "demand.csv line 8, column unit",
        "prices and multiples of the anchor",
        "one kind of unit",
    ),
    "a currency without a rate of exchange": (
        changed("costs.csv", "10,GUSD/GW", "10,GEUR/GW"),
        "costs.csv line 3, column unit",
        "is in EUR, and there is no rate of exchange for money of 2025",
        "add EUR with year 2025",
    ),
    "a currency that nobody knows": (
        {"exchange.csv": "currency,value,unit,source,grade\nDOG,1,1,book,reported\n"},
        "exchange.csv line 2, column currency",
        "currency 'DOG' is not known",
        "use one of|did you mean",
    ),
    "old money without a deflator": (
        changed("costs.csv", "GUSD/GW,8,12,,", "GUSD/GW,8,12,2020,"),
        "costs.csv line 3, column money_year",
        "there is no deflator for money of 2020",
        "add 2020 to deflators.csv",
    ),
    "a group with a member that does not exist": (
        {"groups.csv": "group,kind,member\nall,process,fb_*\n"},
        "groups.csv line 2, column member",
        r"member 'fb_\*' of group 'all' matches no process",
        "did you mean 'fab'",
    ),
    "a group of two kinds": (
        {"groups.csv": "group,kind,member\nall,process,fab\nall,commodity,chip\n"},
        "groups.csv lines 2 and 3",
        "group 'all' has members of kind commodity and process",
        "a group of each kind",
    ),
    "a group that is called like a label": (
        {"groups.csv": "group,kind,member\nfab,process,cluster\n"},
        "groups.csv line 2, column group",
        "group 'fab' is called like a process",
        "name of its own",
    ),
    "a limit of a group that does not exist": (
        {"limits.csv": LIMITS + "few,order_max,fabs,USA,2026,1,kchip/year/year,book,reported\n"},
        "limits.csv line 2, column group",
        "'fabs' is no group, label or pattern that matches a process",
        "did you mean 'fab'",
    ),
    "a limit in a region that does not exist": (
        {"limits.csv": LIMITS + "few,order_max,fab,UAS,2026,1,kchip/year/year,book,reported\n"},
        "limits.csv line 2, column region_group",
        "'UAS' is no group, label or pattern that matches a region",
        "did you mean 'USA'",
    ),
    "a limit that counts nothing": (
        {**TWO_REGIONS, "limits.csv": LIMITS + "few,order_max,fab,TWN,2026,1,kchip/year/year,book,reported\n"},
        "limits.csv line 2, column region_group",
        "counts nothing: no process of 'fab' has a site or capacity in 'TWN'",
        "other regions",
    ),
    "a limit of what has other units": (
        {"limits.csv": LIMITS + "few,capacity_max,*,*,2026,1,kchip/year,book,reported\n"},
        "limits.csv line 2, column kind",
        r"capacity_max of '\*' adds up GW, kchip/year",
        "a group for each unit",
    ),
    "a limit in another unit": (
        {"limits.csv": LIMITS + "few,order_max,fab,USA,2026,1,GW/year,book,reported\n"},
        "limits.csv line 2, column unit",
        r"expected that of '\(?kchip/year\)?/year'",
        "or a multiple",
    ),
    "an emission limit of no commodity": (
        {"limits.csv": LIMITS + "few,emission_max,co2,USA,2026,1,1,book,reported\n"},
        "limits.csv line 2, column group",
        "'co2' is no commodity that is put out",
        "chip",
    ),
    "a share of nothing that is measured": (
        {"shares.csv": SHARES + "most,fab,fab,*,*,out:chps,at_most,2026,0.5,1,book,reported\n"},
        "shares.csv line 2, column of",
        "'out:chps' is nothing that shares can be of",
        "did you mean 'out:chip'",
    ),
    "a share name with two wholes": (
        {
            "shares.csv": SHARES
            + "most,fab,fab,*,*,activity,at_most,2026,0.5,1,book,reported\n"
            + "most,fab,f*,*,*,activity,at_most,2027,0.5,1,book,reported\n"
        },
        "shares.csv lines 2 and 3",
        "share most of fab has more than one whole or measure",
        "name of its own",
    ),
    "a rule name with two measures": (
        {
            "rules.csv": RULES
            + "ban,chip,*,USA,use,2026,0,kchip/year,book,reported\n"
            + "ban,chip,*,USA,arrivals,2027,0,kchip/year,book,reported\n"
        },
        "rules.csv lines 2 and 3",
        "rule ban of chip has more than one origin or measure",
        "name of its own",
    ),
    "a rule of nothing that is measured": (
        {"rules.csv": RULES + "ban,chip,*,USA,arival,2026,0,kchip/year,book,reported\n"},
        "rules.csv line 2, column of",
        "'arival' is nothing that rules can be of",
        "did you mean 'arrivals'",
    ),
    "a rule on use with an origin": (
        {"rules.csv": RULES + "ban,chip,USA,USA,use,2026,0,kchip/year,book,reported\n"},
        "rules.csv line 2, column origin_group",
        "a rule on use names the origin 'USA'",
        "rule of arrivals",
    ),
    "a rule in another unit": (
        {"rules.csv": RULES + "ban,chip,*,USA,use,2026,0,GW,book,reported\n"},
        "rules.csv line 2, column unit",
        r"expected that of '\(kchip\)/year'",
        "or a multiple",
    ),
    "a tax on nothing that is paid": (
        {"taxes.csv": TAXES + "help,credit,fab,*,capital,2026,0.2,1,book,reported\n"},
        "taxes.csv line 2, column of",
        "'capital' is nothing that taxes can be of",
        "did you mean",
    ),
    "a price on an item of the costs": (
        {"taxes.csv": TAXES + "help,price,fab,*,capex,2026,0.2,1,book,reported\n"},
        "taxes.csv line 2, column kind",
        "a price of capex: prices are on commodities",
        "use price with a commodity",
    ),
    "two patterns of which neither is more specific": (
        {"lead_times.csv": FILES["lead_times.csv"].replace("fab,", "fa*,") + "*b,,,,9,month,,,book,reported,\n"},
        "lead_times.csv lines 2 and 4",
        "all speak for fab, USA, none is more specific than the others, and they disagree",
        "add a row for fab, USA",
    ),
    "a lead time longer than the plan": (
        changed("lead_times.csv", ",3,month", ",60,month"),
        "lead_times.csv line 3, column value",
        "cluster in USA takes 60 months: longer than the plan lasts",
        "plan longer, or take the site out",
    ),
    "a lead time in one region and none in another": (
        {
            **added("regions.csv", "JPN,Japan,36,138"),
            **added("sites.csv", "fab,JPN,,,book,reported,"),
            **changed("lead_times.csv", "fab,,", "fab,USA,"),
        },
        "sites.csv line 4, column region",
        "fab in JPN has no lead time, and elsewhere it has one: its orders would start at once",
        "give it a row in lead_times.csv, of 0 if that is meant",
    ),
    "a window in which no order can start": (
        changed("sites.csv", "cluster,USA,,", "cluster,USA,2020,2024"),
        "sites.csv line 3, column last_year",
        "cluster in USA can serve from 2020 to 2024, and no order of the plan starts then",
        "move the window",
    ),
    "orders without a price": (
        changed("costs.csv", "fab,,,capex,,3,GUSD/(kchip/year),,,,book,reported,\n", ""),
        "sites.csv line 2, column process",
        "process 'fab' can be ordered in USA and has no capex there",
        "0 if it is free",
    ),
}


@pytest.mark.parametrize(("changes", "where", "what", "fix"), RULES_BROKEN.values(), ids=RULES_BROKEN)
def test_it_is_told(tmp_path: Path, changes: Change, where: str, what: str, fix: str) -> None:
    assert says(faults_of(tmp_path, changes), where, what, fix)


def test_patterns_that_agree_or_that_a_third_decides_are_no_fault(tmp_path: Path) -> None:
    patterns = FILES["lead_times.csv"].replace("fab,", "fa*,")
    agree = {"lead_times.csv": f"{patterns}*b,,,,12,month,,,book,reported,\n"}
    decided = {"lead_times.csv": f"{patterns}*b,,,,9,month,,,book,reported,\nfab,,,,8,month,,,book,reported,\n"}
    assert faults_of(tmp_path / "agree", agree) == ()
    assert faults_of(tmp_path / "decided", decided) == ()


def test_patterns_may_agree_in_one_item_and_disagree_in_another(tmp_path: Path) -> None:
    """Both patterns say the same capital cost and another variable cost: the variable cost is told."""
    rows = [
        "fa*,,,capex,,3,GUSD/(kchip/year),,,,book,reported,",
        "*b,,,capex,,3,GUSD/(kchip/year),,,,book,reported,",
        "fa*,,,variable,,1,GUSD/kchip,,,,book,reported,",
        "*b,,,variable,,2,GUSD/kchip,,,,book,reported,",
    ]
    own = FILES["costs.csv"].replace("fab,,,capex,,3,GUSD/(kchip/year),,,,book,reported,\n", "")
    [fault] = faults_of(tmp_path, {"costs.csv": own + "\n".join(rows)})
    assert fault.where == "costs.csv lines 7 and 8"
    assert "all speak for fab, USA, main, variable" in fault.what


def test_a_limit_may_count_units_that_are_one_in_other_words(tmp_path: Path) -> None:
    changes = {
        **changed("processes.csv", "GW,MH100e*year", "(kchip)/year,MH100e*year"),
        **{"costs.csv": FILES["costs.csv"].replace("GUSD/GW", "GUSD/(kchip/year)")},
        "limits.csv": LIMITS + "few,capacity_max,*,*,2026,1,kchip/year,book,reported\n",
    }
    assert faults_of(tmp_path, changes) == ()
