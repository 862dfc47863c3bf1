"""A small case whose plans can be worked out by hand, with ranges on some of its numbers."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from model.small_cases import Tables, cost, curve, demand, existing, goods, limit, plant, site, small_case
from teraplan.case.case import Case

CAPEX = {"low": 1.0, "high": 4.0, "distribution": "lognormal"}


def uncertain(folder: Path, *more: Tables, capex: Mapping[str, object] = CAPEX, **columns: object) -> Case:
    """Ten of compute a year must be met for a year, from a plant that costs 2 (1 to 4) a unit and lasts long."""
    return small_case(
        folder,
        goods("compute"),
        plant("maker", {"compute": 1.0}),
        site("maker"),
        cost("maker", "capex", 2.0, **capex),
        demand("compute", 10.0, **columns),
        *more,
        period=[(2025, 2026, 1)],
    )


def groups(rows: Iterable[tuple[str, str, float]]) -> Tables:
    """Rows of uncertainties: group, cells, value."""
    return {"uncertainties": [{"group": name, "cells": cells, "value": value} for name, cells, value in rows]}


__all__ = ["CAPEX", "cost", "curve", "demand", "existing", "goods", "groups", "limit", "plant", "site", "uncertain"]
