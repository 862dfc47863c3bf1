"""A small case on disk that each test changes in one place: two processes, one region, five years."""

import re
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from teraplan.case.assemble import assemble
from teraplan.case.case import Case
from teraplan.case.edit import Edit
from teraplan.case.read import load_tables
from teraplan.case.resolve import Tables
from teraplan.errors import CaseError, Fault

SETTINGS = """\
name = "small"
schema = 1
as_of = 2026-11-24
base_year = 2025
decide_from = 2025

[[period]]
start = 2025
end = 2030
step = 1

[target]
commodity = "compute"
"""

FILES: Mapping[str, str] = {
    "case.toml": SETTINGS,
    "regions.csv": "region,name,latitude,longitude\nUSA,United States,39,-95\n",
    "commodities.csv": """\
commodity,name,unit,kind,scope
chip,Chips,kchip,good,region
compute,Compute,MH100e*year,service,region
""",
    "processes.csv": """\
process,stage,capacity_unit,activity_unit,rate,life,source,grade,note
fab,wafers,kchip/year,kchip,1,10,book,reported,
cluster,clusters,GW,MH100e*year,2,5,book,reported,
""",
    "sites.csv": """\
process,region,first_year,last_year,source,grade,note
fab,USA,,,book,reported,
cluster,USA,,,book,reported,
""",
    "recipes.csv": """\
process,mode,flow,commodity,year,region,offset_month,value,unit,low,high,source,grade,note
fab,,out,chip,,,,1,1,,,book,reported,
cluster,,in,chip,,,,0.5,kchip/(MH100e*year),0.4,0.6,book,reported,
cluster,,out,compute,,,,1,1,,,book,reported,
""",
    "costs.csv": """\
process,mode,region,item,year,value,unit,low,high,money_year,source,grade,note
fab,,,capex,,3,GUSD/(kchip/year),,,,book,reported,
cluster,,,capex,,10,GUSD/GW,8,12,,book,reported,
cluster,,,variable,2025,0.2,GUSD/(MH100e*year),,,,book,reported,
cluster,,,variable,2029,0.1,GUSD/(MH100e*year),,,,book,reported,
""",
    "lead_times.csv": """\
process,region,spend_profile,ramp,value,unit,low,high,source,grade,note
fab,,,,12,month,,,book,reported,
cluster,,,,3,month,,,book,reported,
""",
    "capacity.csv": """\
process,region,start,status,end,value,unit,source,grade,note
fab,USA,2024,operating,,4,kchip/year,book,reported,
""",
    "demand.csv": """\
commodity,region,buyer,year,item,step,value,unit,source,grade,note
compute,USA,,2025,quantity,,2,MH100e*year/year,book,forecast,
compute,USA,,2029,quantity,,10,MH100e*year/year,book,forecast,
compute,*,,,anchor_price,,5,GUSD/(MH100e*year),book,forecast,
compute,*,,,step_width,0,0.6,1,book,forecast,
compute,*,,,step_width,1,0.4,1,book,forecast,
compute,*,,,step_price,0,3,1,book,forecast,
compute,*,,,step_price,1,1,1,book,forecast,
""",
    "sources.csv": "source,title,url,licence,read_on\nbook,A book of figures,,,\n",
}
"""Every file of the small case."""


def write(folder: Path, changes: Mapping[str, str | bytes | None] | None = None) -> Path:
    """Write the small case with other texts for some files, or without those that are None; return its folder."""
    for name, text in {**FILES, **(changes or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is not None:
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def changed(name: str, old: str, new: str) -> dict[str, str]:
    """Return one file of the small case with a text replaced, which must stand in it once."""
    assert FILES[name].count(old) == 1, f"{old!r} stands {FILES[name].count(old)} times in {name}"
    return {name: FILES[name].replace(old, new)}


def added(name: str, *rows: str) -> dict[str, str]:
    """Return one file of the small case with rows added at its end."""
    return {name: FILES[name] + "".join(f"{row}\n" for row in rows)}


def tables_of(
    folder: Path,
    changes: Mapping[str, str | bytes | None] | None = None,
    scenario: str | None = None,
    edits: tuple[Edit, ...] = (),
) -> Tables:
    """Return the resolved tables of the small case with changes."""
    return load_tables(write(folder, changes), scenario, edits)


def case_of(folder: Path, changes: Mapping[str, str | bytes | None] | None = None) -> Case:
    """Return the small case with changes, assembled."""
    return assemble(tables_of(folder, changes))


def faults_of(
    folder: Path, changes: Mapping[str, str | bytes | None] | None = None, scenario: str | None = None
) -> tuple[Fault, ...]:
    """Return the faults of the small case with changes; none if it can be read."""
    try:
        tables_of(folder, changes, scenario)
    except CaseError as error:
        return error.faults
    return ()


def says(faults: tuple[Fault, ...], where: str, what: str, fix: str) -> bool:
    """Whether the first fault is at a place, and its two sentences hold the texts (regular expressions)."""
    assert faults, "there are no faults"
    first = faults[0]
    found = first.where == where and re.search(what, first.what) and re.search(fix, first.fix)
    assert found, "\n".join(str(fault) for fault in faults[:5])
    return True


def series(frame: pl.DataFrame, column: str = "value", **labels: str) -> dict[str, float]:
    """Return a column by period of the rows with these labels."""
    for name, label in labels.items():
        frame = frame.filter(pl.col(name) == label)
    return dict(frame.select("period", column).rows())
