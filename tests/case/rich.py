"""A small case with every table and a scenario, for what has to hold of all of them."""

from collections.abc import Mapping

from case.folders import FILES, SETTINGS


def table(header: str, *rows: str) -> str:
    """A table's text."""
    return "".join(f"{line}\n" for line in (header, *rows))


def more(name: str, *rows: str) -> str:
    """A table of the small case with further rows."""
    return FILES[name] + "".join(f"{row}\n" for row in rows)


LONGER = "end = 2028\nstep = 1\n\n[[period]]\nstart = 2028\nend = 2030\nstep = 2"
SCENARIO = """\
title = "dear"

[[edit]]
table = "costs"
where = { process = "plant", item = "capex" }
multiply = 2

[[edit]]
table = "demand"
where = { item = "quantity", year = "2027.." }
multiply = 1.1

[[keep]]
run = "trend"
variables = ["order"]
as = "floor"

[programme]
budget = 1e12
from = 2027
"""

RICH: Mapping[str, str] = {
    **FILES,
    "case.toml": 'default_scenario = "dear"\n'
    + SETTINGS.replace("end = 2030\nstep = 1", LONGER).replace("[target]", '[timing]\ncapex = "start"\n\n[target]'),
    "scenarios/dear.toml": SCENARIO,
    "regions.csv": more("regions.csv", "TWN,Taiwan,24,121", "WLD,World,,"),
    "commodities.csv": table(
        "commodity,name,unit,kind,clock,scope,disposal",
        "chip,Chips,kchip,good,,world,free",
        "compute,Compute,MH100e*year,service,,region,",
        "power,Power,GW*year,good,sliced,region,none",
        "co2,Carbon dioxide,Mt,emission,,region,",
        "water,Water behind a dam,GW*year,good,sliced,region,",
    ),
    "processes.csv": table(
        "process,stage,maker,clock,capacity_unit,activity_unit,rate,life,source,grade,note",
        "fab,wafers,acme,,kchip/year,kchip,1,10,book,reported,",
        "cluster,clusters,zeta,,GW,MH100e*year,2,5,book,reported,",
        "plant,power,,sliced,GW,GW*year,1,30,book,reported,",
        "battery,power,,sliced,GW,GW*year,1,12,book,reported,",
        "pump,power,,sliced,GW,GW*year,1,40,book,reported,",
        "dam,power,,sliced,GWh,GW*year,1,80,book,reported,",
    ),
    "sites.csv": table(
        "process,region,first_year,last_year,source,grade,note",
        "fab,WLD,,,book,reported,",
        "cluster,USA,2025,2035,book,reported,",
        "cluster,TWN,,,book,reported,",
        "plant,USA,,,book,reported,",
        "plant,TWN,,,book,reported,",
        "battery,USA,,,,assumption,a guess",
        "dam,TWN,,,book,reported,",
    ),
    "capacity.csv": table(
        "process,region,start,status,end,spent_share,inputs,ramped,value,unit,source,grade,note",
        "fab,WLD,2024,operating,,,no,no,4,kchip/year,book,reported,",
        "plant,USA,2026-07-01,announced,2040,0.5,yes,yes,1,GW,book,reported,",
        "pump,TWN,2010,operating,,,no,no,2,GW,book,reported,",
    ),
    "recipes.csv": table(
        "process,mode,flow,commodity,year,region,offset_month,value,unit,low,high,source,grade,note",
        "fab,,out,chip,,,,1,1,,,book,reported,",
        "cluster,,in,chip,,,6,0.5,kchip/(MH100e*year),0.4,0.6,book,reported,",
        "cluster,,in,power,,*,,0.5,GW/MH100e,,,book,reported,",
        "cluster,,out,compute,,,,1,1,,,book,reported,",
        "plant,,out,power,,*,,1,1,,,book,reported,",
        "plant,,out,co2,,*,,3,Mt/(GW*year),2,4,book,reported,",
        "plant,,build,chip,2025,*,3,0.01,kchip/GW,,,book,reported,",
        "plant,,build,chip,2030,*,3,0.02,kchip/GW,,,book,reported,",
        "pump,up,in,power,,,,1.2,1,,,book,reported,",
        "pump,up,out,water,,,,1,1,,,book,reported,",
        "pump,down,in,water,,,,1,1,,,book,reported,",
        "pump,down,out,power,,,,1,1,,,book,reported,",
    ),
    "costs.csv": more(
        "costs.csv",
        "plant,,*,capex,,1,GEUR/GW,,,2024,book,reported,",
        "plant,main,*,fuel,,25,USD/MWh,20,40,,book,reported,",
        "battery,,USA,capex,,0.3,GUSD/GW,,,,book,reported,",
        "cluster,,TWN,fixed,,0.1,GUSD/GW/year,,,,,assumption,a guess",
        "dam,,,capex,,0.02,GUSD/GWh,,,,book,reported,",
    ),
    "lead_times.csv": table(
        "process,region,spend_profile,ramp,value,unit,low,high,source,grade,note",
        "fab,*,late,slow,12,month,,,book,reported,",
        "cluster,,,,3,month,,,book,reported,",
        "plant,,,,1,year,,,book,reported,",
    ),
    "profiles.csv": table(
        "profile,position,value,unit,source,grade",
        "slow,1,0.4,1,book,reported",
        "slow,2,0.8,1,book,reported",
        "late,1,0.3,1,book,reported",
        "late,2,0.7,1,book,reported",
    ),
    "slices.csv": table(
        "slice,day_type,order,weight,season,days,hours,source,grade",
        "day,d,0,0.5,1,,,book,reported",
        "night,d,1,0.3,1,,,book,reported",
        "winter,w,0,0.2,2,7,24,book,reported",
    ),
    "availability.csv": table(
        "process,region,slice,year,value,unit,source,grade",
        "plant,*,*,,0.9,1,book,reported",
        "plant,*,night,,0.8,1,book,reported",
        "plant,USA,,2026,0.7,1,book,reported",
        "fab,,,,95,percent,book,reported",
    ),
    "load_shapes.csv": table(
        "commodity,region,slice,year,value,unit,source,grade",
        "power,USA,day,,0.6,1,book,reported",
        "power,USA,night,,0.25,1,book,reported",
        "power,USA,winter,,0.15,1,book,reported",
    ),
    "storage.csv": table(
        "process,commodity,kind,hours,efficiency,loss,opening,source,grade",
        "battery,power,,4,0.9,0.01,,book,reported",
        "dam,water,carried,,,,,book,reported",
    ),
    "store_limits.csv": table(
        "process,region,item,year,value,unit,source,grade",
        "dam,*,opening,,0,GWh,book,reported",
        "dam,TWN,least_share,2026,10,percent,book,reported",
        "dam,*,charge_max,,15,TWh/year,book,reported",
        "dam,*,discharge_max,,2,GW*year/year,book,reported",
    ),
    "stocks.csv": table(
        "commodity,region,kind,opening,keep,carrying_cost,closing,source,grade",
        "chip,WLD,carried,1,0.9,0.1,opening,book,reported",
    ),
    "groups.csv": table(
        "group,kind,member",
        "powers,process,plant",
        "powers,process,bat*",
        "ours,maker,acme",
        "here,region,USA",
        "all,commodity,c*",
    ),
    "limits.csv": table(
        "limit,kind,group,region_group,year,value,unit,low,high,source,grade",
        "few,order_max,ours,*,2026,2,kchip/year/year,1,3,book,reported",
        "few,order_max,ours,*,2029,,kchip/year/year,,,book,reported",
        "power,capacity_max,powers,each,2025,5,GW,,,book,reported",
        "clean,emission_max,co2,here,2025,9,Mt/year,,,book,reported",
        "speed,growth,cluster,*,,0.5,1/year,,,book,reported",
        "speed,seed,cluster,*,,1,GW/year,,,book,reported",
    ),
    "shares.csv": table(
        "share,numerator_group,denominator_group,numerator_regions,denominator_regions,of,sense,year,value,unit,source,grade",
        "home,cluster,cluster,here,*,out:compute,at_least,2026,0.2,1,book,reported",
    ),
    "rules.csv": table(
        "rule,commodity_group,origin_group,destination_group,of,year,value,unit,source,grade",
        "licence,chip,*,TWN,use,2026,3,kchip/year,book,reported",
        "licence,chip,*,TWN,use,2028,,kchip/year,book,reported",
    ),
    "taxes.csv": table(
        "tax,kind,process,region,of,year,value,unit,money_year,source,grade",
        "help,credit,fab,*,capex,2026,0.2,1,,book,reported",
        "carbon,price,plant,*,co2,2026,80,USD/t,,book,reported",
    ),
    "routes.csv": table(
        "commodity,origin,destination,cost,loss,capacity,source,grade", "compute,USA,TWN,0.01,0.02,,book,reported"
    ),
    "demand.csv": more(
        "demand.csv",
        "compute,USA,,,local_share_min,,0.5,1,book,forecast,",
        "compute,TWN,,,quantity,,1,MH100e*year/year,book,forecast,",
    ),
    "reserve.csv": table(
        "item,commodity,process,region,year,value,unit,source,grade",
        "margin,power,,*,,0.1,1,book,reported",
        "firm_share,,plant,*,,0.9,1,book,reported",
    ),
    "exchange.csv": table("currency,year,value,unit,source,grade", "EUR,2024,1.1,USD/EUR,book,reported"),
    "deflators.csv": table("deflated_year,value,unit,source,grade", "2024,0.97,1,book,reported"),
    "calibration.csv": table(
        "record,quantity,year,tolerance,counted,value,unit,source,grade",
        "chips made,,2025,0.2,yes,3,kchip/year,book,reported",
    ),
    "partners.csv": table("partner,title,role", "fund,A fund,pays"),
    "commitments.csv": table(
        "partner,stage,first_year,last_year,per_year_max,value,unit,source,grade",
        "fund,all,2025,2030,1,5,GUSD,book,reported",
    ),
    "shocks.csv": table(
        "shock,title,kind,process,region,duration_year,value,unit,source,grade",
        "quake,A quake,outage,fab,TWN,0.5,0.1,1,book,reported",
    ),
    "tree.csv": table(
        "node,parent,known_from,scenario,value,unit,source,grade",
        "root,,2025,dear,1,1,book,reported",
        "leaf,root,2028,dear,1,1,book,reported",
    ),
    "uncertainties.csv": table("group,cells,value,unit,source,grade", "money,costs[item=capex],0.5,1,book,reported"),
}
"""Every file of a small case that uses all there is."""
