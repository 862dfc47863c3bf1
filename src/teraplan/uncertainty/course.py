"""How a shock runs over time: a loss of full depth for its duration, then a way back in a straight line."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from teraplan.case.calendar import Floats

NEGLIGIBLE = 1e-12


@dataclass(frozen=True)
class Course:
    """When a shock begins [decimal year], how long it lasts at full depth and how long the way back takes [year]."""

    start: float
    duration: float
    recovery: float = 0.0

    def lasting(self, first: Floats, last: Floats) -> Floats:
        """Return the mean depth of the shock between two dates, of full depth [1].

        The depth is 1 from start to start + duration, falls in a straight line to 0 at start + duration + recovery, and
        is 0 elsewhere; its integral from the start to t, with x = t - start - duration within 0..recovery, is
        min(t - start, duration) + x - x^2 / (2 recovery). Over all time it is duration + recovery / 2.
        """
        return (self._until(last) - self._until(first)) / (last - first)

    def _until(self, date: Floats) -> Floats:
        """The integral of the depth from the start to a date [year]."""
        since = np.asarray(date, dtype=np.float64) - self.start
        back = np.clip(since - self.duration, 0.0, self.recovery)
        ramp = back - back**2 / (2.0 * self.recovery) if self.recovery > 0 else back
        whole: Floats = np.clip(since, 0.0, self.duration) + ramp
        return whole


def lasting_by_year(course: Course, periods: pl.DataFrame) -> pl.DataFrame:
    """Return the mean depth of a shock in each calendar year of a case: year, depth [1].

    periods: start, end [decimal year]. Of the first and the last year only the part that the periods hold counts.
    """
    first, last = float(periods["start"].min()), float(periods["end"].max())  # type: ignore[arg-type]
    years = np.arange(int(np.floor(first)), int(np.ceil(last)))
    depth = course.lasting(np.maximum(years, first), np.minimum(years + 1.0, last))
    return pl.DataFrame({"year": years.astype(np.int32), "depth": depth})
