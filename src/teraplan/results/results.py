"""Results: one solved plan as long tables with units. Everything shown, compared or stored is read off these tables."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from teraplan.errors import StoreError, did_you_mean


@dataclass(frozen=True)
class Results:
    """One plan. `run` is what run.json holds (statuses, sizes, seconds, audit); `frames` are long tables.

    Tables: one per variable (`order`, `activity`, ...) with value, reduced_cost and unit, non-zeros only, of activity
    and shipments by the year; `capacity` (in_service, usable, available, existing); `flows` (made, used, built per
    process and place); `demand` (top, served); `rows` (value, limits, dual of each row); `prices`; `bottlenecks`;
    `ledger`; `cost_of_compute`;
    `money_per_gigawatt`; `calibration`; what it rests on: `provenance`, `rests_on`, `citations`; and the words that
    they use: `periods`, `slices`, `processes`, `commodities`, `regions`, `groups`, `sources`. Duals and reduced costs
    of most_compute are those of its first step; those of its second step stand beside them as `second_dual` and
    `second_reduced_cost`.
    """

    run: Mapping[str, object]
    frames: Mapping[str, pl.DataFrame]

    def frame(self, name: str) -> pl.DataFrame:
        """Return a table by name; raises KeyError naming the tables there are, of a stored run StoreError."""
        if name in self.frames:
            return self.frames[name]
        if "stored" in self.run:
            raise StoreError(
                f"the stored run {self.run.get('name', '')} has no table {name!r} ({did_you_mean(name, self.frames)}); "
                f"if an earlier Teraplan stored it (its own says {self.run.get('teraplan_version')}), plan it again"
            )
        raise KeyError(f"no table {name!r}; there are {', '.join(sorted(self.frames))}")

    @property
    def prices(self) -> pl.DataFrame:
        """commodity, place, period, slice, price [money of the base year / commodity], unit."""
        return self.frame("prices")

    @property
    def bottlenecks(self) -> pl.DataFrame:
        """What 1 % more of each limit is worth by period, largest first [money of the base year / year]."""
        return self.frame("bottlenecks")

    @property
    def ledger(self) -> pl.DataFrame:
        """Every line of money: paid (undiscounted) and charged (as in the objective)."""
        return self.frame("ledger")
