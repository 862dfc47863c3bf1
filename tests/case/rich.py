"""A small case with every table and a scenario, for what has to hold of all of them."""

from collections.abc import Mapping

from case.folders import FILES, SETTINGS

RICH: Mapping[str, str] = {
    **FILES,
    "case.toml": SETTINGS.replace("base_year", 'default_scenario = "dear"\nbase_year')
    .replace("end = 2030\nstep = 1", "end = 2027\nstep = 0.5\n\n[[period]]\nstart = 2027\nend = 2030\nstep = 1")
    .replace("[target]", '[timing]\ncapex = "start"\n\n[target]'),
    "regions.csv": FILES["regions.csv"] + "TWN,Taiwan,24,121\nWLD,World,,\n",
    "commodities.csv": "commodity,name,unit,kind,clock,scope,disposal\nchip,Chips,kchip,good,,world,free\n"
    "compute,Compute,MH100e*year,service,,region,\npower,Power,GW*year,good,sliced,region,none\n"
    "co2,Carbon dioxide,Mt,emission,,region,\n",
    "processes.csv": "process,stage,maker,clock,capacity_unit,activity_unit,rate,life,source,grade,note\n"
    "fab,wafers,acme,,kchip/year,kchip,1,10,book,reported,\ncluster,clusters,zeta,,GW,MH100e*year,2,5,book,reported,\n"
    "plant,power,,sliced,GW,GW*year,1,30,book,reported,\nbattery,power,,sliced,GW,GW*year,1,12,book,reported,\n",
    "sites.csv": "process,region,first_year,last_year,source,grade,note\nfab,WLD,,,book,reported,\n"
    "cluster,USA,2025,2035,book,reported,\ncluster,TWN,,,book,reported,\nplant,USA,,,book,reported,\n"
    "plant,TWN,,,book,reported,\nbattery,USA,,,,assumption,a guess\n",
    "capacity.csv": "process,region,start,status,end,spent_share,inputs,ramped,value,unit,source,grade,note\n"
    "fab,WLD,2024,operating,,,no,no,4,kchip/year,book,reported,\n"
    "plant,USA,2026-07-01,announced,2040,0.5,yes,yes,1,GW,book,reported,\n",
    "recipes.csv": FILES["recipes.csv"].replace("chip,,,,0.5", "chip,,,6,0.5")
    + "cluster,,in,power,,*,,0.5,GW/MH100e,,,book,reported,\nplant,,out,power,,*,,1,1,,,book,reported,\n"
    "plant,,out,co2,,*,,3,Mt/(GW*year),2,4,book,reported,\nplant,,build,chip,2025,*,3,0.01,kchip/GW,,,book,reported,\n"
    "plant,,build,chip,2030,*,3,0.02,kchip/GW,,,book,reported,\n",
    "costs.csv": FILES["costs.csv"] + "plant,,*,capex,,1,GEUR/GW,,,2024,book,reported,\n"
    "plant,main,*,fuel,,25,USD/MWh,20,40,,book,reported,\nbattery,,USA,capex,,0.3,GUSD/GW,,,,book,reported,\n"
    "*,,TWN,fixed,,0.1,GUSD/GW/year,,,,,assumption,a guess\n".replace("*,,TWN", "cluster,,TWN"),
    "profiles.csv": "profile,position,value,unit,source,grade\nslow,1,0.4,1,book,reported\nslow,2,0.8,1,book,reported\n"
    "late,1,0.3,1,book,reported\nlate,2,0.7,1,book,reported\n",
    "lead_times.csv": FILES["lead_times.csv"].replace("fab,,,,", "fab,*,late,slow,") + "plant,,,,1,year,,,book,reported,\n",
    "slices.csv": "slice,day_type,order,weight,source,grade\nday,d,0,0.5,book,reported\nnight,d,1,0.5,book,reported\n",
    "availability.csv": "process,region,slice,year,value,unit,source,grade\nplant,*,*,,0.9,1,book,reported\n"
    "plant,*,night,,0.8,1,book,reported\nplant,USA,,2026,0.7,1,book,reported\nfab,,,,95,percent,book,reported\n",
    "storage.csv": "process,commodity,hours,efficiency,loss,source,grade\nbattery,power,4,0.9,0.01,book,reported\n",
    "stocks.csv": "commodity,region,kind,opening,keep,carrying_cost,closing,source,grade\n"
    "chip,WLD,carried,1,0.9,0.1,opening,book,reported\n",
    "groups.csv": "group,kind,member\npowers,process,plant\npowers,process,bat*\nours,maker,acme\nhere,region,USA\nall,commodity,c*\n",
    "limits.csv": "limit,kind,group,region_group,year,value,unit,low,high,source,grade\n"
    "few,order_max,ours,*,2026,2,kchip/year/year,1,3,book,reported\nfew,order_max,ours,*,2029,,kchip/year/year,,,book,reported\n"
    "power,capacity_max,powers,each,2025,5,GW,,,book,reported\nclean,emission_max,co2,here,2025,9,Mt/year,,,book,reported\n"
    "speed,growth,cluster,*,,0.5,1/year,,,book,reported\nspeed,seed,cluster,*,,1,GW/year,,,book,reported\n",
    "shares.csv": "share,numerator_group,denominator_group,numerator_regions,denominator_regions,of,sense,year,value,unit,"
    "source,grade\nhome,cluster,cluster,here,*,out:compute,at_least,2026,0.2,1,book,reported\n",
    "rules.csv": "rule,commodity_group,origin_group,destination_group,of,year,value,unit,source,grade\n"
    "licence,chip,*,TWN,use,2026,3,kchip/year,book,reported\nlicence,chip,*,TWN,use,2028,,kchip/year,book,reported\n",
    "taxes.csv": "tax,kind,process,region,of,year,value,unit,money_year,source,grade\n"
    "help,credit,fab,*,capex,2026,0.2,1,,book,reported\ncarbon,price,plant,*,co2,2026,80,USD/t,,book,reported\n",
    "routes.csv": "commodity,origin,destination,cost,loss,capacity,source,grade\ncompute,USA,TWN,0.01,0.02,,book,reported\n",
    "demand.csv": FILES["demand.csv"] + "compute,USA,,,local_share_min,,0.5,1,book,forecast,\n"
    "compute,TWN,,,quantity,,1,MH100e*year/year,book,forecast,\n",
    "reserve.csv": "item,commodity,process,region,year,value,unit,source,grade\nmargin,power,,*,,0.1,1,book,reported\n"
    "firm_share,,plant,*,,0.9,1,book,reported\n",
    "exchange.csv": "currency,year,value,unit,source,grade\nEUR,2024,1.1,USD/EUR,book,reported\n",
    "deflators.csv": "deflated_year,value,unit,source,grade\n2024,0.97,1,book,reported\n",
    "calibration.csv": "record,quantity,year,tolerance,counted,value,unit,source,grade\nchips,,2025,0.2,yes,3,kchip/year,book,reported\n",
    "partners.csv": "partner,title,role\nfund,A fund,pays\n",
    "commitments.csv": "partner,stage,first_year,last_year,per_year_max,value,unit,source,grade\nfund,all,2025,2030,1,5,GUSD,book,reported\n",
    "shocks.csv": "shock,title,table,process,region,duration_year,value,unit,source,grade\nquake,A quake,availability,fab,TWN,0.5,0.1,1,book,reported\n",
    "tree.csv": "node,parent,known_from,scenario,value,unit,source,grade\nroot,,2025,dear,1,1,book,reported\nleaf,root,2028,dear,1,1,book,reported\n",
    "scenarios/dear.toml": 'title = "dear"\n\n[[edit]]\ntable = "costs"\nwhere = { process = "plant", item = "capex" }\nmultiply = 2\n\n'
    '[[edit]]\ntable = "demand"\nwhere = { item = "quantity", year = "2027.." }\nmultiply = 1.1\n\n'
    '[[keep]]\nrun = "trend"\nvariables = ["order"]\nas = "floor"\n\n[programme]\nbudget = 1e12\nfrom = 2027\n',
}
"""A small case with every table and a scenario."""
