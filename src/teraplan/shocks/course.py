"""How a shock runs over time: its full depth for a duration, then the way back in a straight line."""

import numpy as np
import polars as pl

from teraplan.case.calendar import lost_until

NEGLIGIBLE = 1e-12


def depth_by_year(periods: pl.DataFrame, start: float, duration: float, recovery: float = 0.0) -> pl.DataFrame:
    """Return the mean depth of a shock in each calendar year of a case, of its full depth: year, depth [1].

    periods: start, end [decimal year]; start [decimal year]; duration, recovery [year]. Depth is 1 for the duration,
    falls to 0 over the recovery in a straight line, and its mean over a year is exact: the difference of what is lost
    until the end and the start of the year. Of the first and the last year only what the periods hold counts.
    """
    first, last = min(periods["start"]), max(periods["end"])
    years = np.arange(int(np.floor(first)), int(np.ceil(last)))
    opens, closes = np.maximum(years, first), np.minimum(years + 1.0, last)
    lost = lost_until(closes, start, duration, recovery) - lost_until(opens, start, duration, recovery)
    return pl.DataFrame({"year": years.astype(np.int32), "depth": lost / (closes - opens)})
