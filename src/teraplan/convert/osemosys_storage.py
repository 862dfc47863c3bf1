"""Storage of an OSeMOSYS model: what of it can do anything, and what of that a case cannot say."""

from collections.abc import Iterator

import polars as pl

from teraplan.case.faults import lines
from teraplan.convert.osemosys_parameters import STORAGE, VALUE
from teraplan.convert.osemosys_plants import RUN
from teraplan.convert.osemosys_read import LINE, Model
from teraplan.errors import Fault

WAYS = (("TechnologyToStorage", "StorageMaxChargeRate"), ("TechnologyFromStorage", "StorageMaxDischargeRate"))


def dead_modes(model: Model) -> pl.DataFrame:
    """Modes that a store lets never run, since its largest rate of charging or discharging is 0: RUN."""
    parts = []
    for links, rate in WAYS:
        joined = model.where_not(links, 0.0).filter(pl.col(VALUE) > 0).drop(VALUE, LINE)
        parts.append(model.at(rate, joined).filter(pl.col(VALUE) == 0.0).select(RUN))
    return pl.concat(parts).unique()


def live_stores(model: Model) -> Iterator[Fault]:
    """Stores that something can charge or discharge."""
    dead = dead_modes(model)
    for links, _ in WAYS:
        live = model.where_not(links, 0.0).join(dead, on=list(RUN), how="anti")
        for store, at in live.group_by(STORAGE, maintain_order=True).agg(LINE).iter_rows():
            what = f"storage {store!r} is charged or discharged: converting storage is not in this version"
            where = f"{links}.csv {lines([line for line in at if line is not None] or [1])}"
            yield Fault(where, what, "take the storage out, or set its largest rates to 0")
