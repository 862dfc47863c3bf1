"""How many whole dies a round wafer holds when the grid of dies is laid in the best place: counted, not estimated.

A die counts if all of it lies in the usable circle. Every row of dies is cut to length by the circle, and all rows
share one offset sideways and one up. Take the dies of a best placement and move the grid down as far as they allow:
then a left and a right corner lie on the circle. Along a row they are a number of pitches and the width of a die apart;
across rows a number of pitches, with or without the height of a die. So the chords of these lengths give every offset
up that has to be looked at, and for each of them the best shift sideways is among those at which a row gains or loses a
die.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from teraplan.errors import Fault
from teraplan.industry.arguments import Array, Number, Numbers, checked, positive, refuse, result

SLACK = 1e-9
"""What a corner may lie outside the circle, as a share of the radius: rounding, not geometry."""
MOST_DIES = 20_000
"""The largest wafer, in dies by area, that is counted; above it a formula is as good."""
AT_ONCE = 1_000_000


def placed_dies(
    width: ArrayLike,
    height: ArrayLike,
    diameter: ArrayLike = 300.0,
    edge_exclusion: ArrayLike = 0.0,
    scribe_lane: ArrayLike = 0.0,
) -> Numbers:
    """Return the most whole dies that a rectangular grid puts on a wafer, over all offsets of the grid [die / wafer].

    width, height: of the die without its lane [mm]; scribe_lane: between two dies [mm], a lane may be cut by the edge;
    diameter [mm]; edge_exclusion: of the rim, on each side [mm]. No notch, no test dies in place of products.
    Raises ArgumentError for what is not positive, no usable wafer, and more than 20,000 dies by area.
    """
    here = "industry.placement.placed_dies"
    wide, high, across, rim, lane = checked(
        here,
        positive("width", width, "mm"),
        positive("height", height, "mm"),
        positive("diameter", diameter, "mm"),
        Number("edge_exclusion", edge_exclusion, "mm"),
        Number("scribe_lane", scribe_lane, "mm"),
    )
    radius = across / 2.0 - rim
    refuse(here, wafer_faults(here, radius, math.pi * radius**2 / (wide * high)))
    counts = [_best(*dims) for dims in zip(wide.flat, high.flat, lane.flat, radius.flat, strict=True)]
    return result(np.array(counts, dtype=np.float64).reshape(wide.shape))


def wafer_faults(function: str, radius: Array, dies: Array | float = 0.0) -> list[Fault]:
    """Return what is wrong with wafers of a usable radius [mm] that hold so many dies by area."""
    found = []
    if np.any(radius <= 0.0):
        what = "no usable wafer is left: the edge exclusion is half the diameter or more"
        found.append(Fault(f"{function}, edge_exclusion", what, "give the width of the rim in mm, usually 2 to 5"))
    if np.any(dies > MOST_DIES):
        what = f"up to {np.max(dies):.0f} dies on a wafer, counted are at most {MOST_DIES}"
        found.append(Fault(f"{function}, die area", what, "use a formula, e.g. 'de_vries': for small dies they agree"))
    return found


def _best(width: float, height: float, lane: float, radius: float) -> float:
    """Return the largest count over the offsets at which a chord ends in two corners."""
    if math.hypot(width, height) > 2.0 * radius:
        return 0.0
    across, up = width + lane, height + lane
    offsets = _offsets(width, height, (across, up), radius)
    rows = np.arange(-math.ceil(radius / up) - 1, math.ceil(radius / up) + 2)
    chunk = max(1, AT_ONCE // len(rows))
    parts = np.array_split(offsets, range(chunk, len(offsets), chunk))
    return max(_count(part[:, None] + up * rows, (width, height), across, radius) for part in parts)


def _offsets(width: float, height: float, pitch: tuple[float, float], radius: float) -> Array:
    """Return the heights of a row's lower edge, within one pitch, at which two corners can lie on the circle [mm]."""
    across, up = pitch
    along = width + across * np.arange(int(2.0 * radius / across) + 1)
    steps = up * np.arange(-int(2.0 * radius / up) - 2, int(2.0 * radius / up) + 3)
    found = []
    for corners, first in ((0.0, 0.0), (0.0, height), (height, height), (-height, 0.0)):
        rise, run = np.meshgrid(steps + corners, along)
        chord = np.hypot(rise, run)
        rise, run, chord = (part[chord <= 2.0 * radius * (1.0 + SLACK)] for part in (rise, run, chord))
        middle = np.sqrt(np.maximum(radius**2 - chord**2 / 4.0, 0.0)) * run / chord
        found += [sign * middle + rise / 2.0 - first for sign in (-1.0, 1.0)]
    return up * np.unique(np.round(np.concatenate(found) / up % 1.0, 12))


def _count(low: Array, size: tuple[float, float], across: float, radius: float) -> float:
    """Return the most dies over offsets (first axis) and all shifts sideways; low: lower edges of the rows [mm].

    A row with room for n pitches beyond its first die holds n dies, and one more while the shift is within half the
    rest of the room. The shift is that of a die from the middle of the wafer for an even n, of a lane for an odd one.
    As the first grows from nought to half a pitch, rows with an even n lose their last die, rows with an odd n gain it.
    """
    width, height = size
    beyond = radius * (1.0 + SLACK)
    reach = np.abs(low + height / 2.0) + height / 2.0
    room = 2.0 * np.sqrt(np.maximum(beyond**2 - reach**2, 0.0)) - width
    holds = (reach <= beyond) & (room >= 0.0)
    pitches = np.floor(np.maximum(room, 0.0) / across)
    half = (room - pitches * across) / 2.0
    lose = holds & (pitches % 2 == 0)
    gain = holds & ~lose
    shift = np.where(lose, half + SLACK * radius, np.where(gain, np.maximum(across / 2.0 - half, 0.0), 0.0))
    order = np.argsort(shift, axis=1)
    change = np.cumsum(np.take_along_axis(gain.astype(float) - lose, order, axis=1), axis=1)
    most = np.maximum(change.max(axis=1), 0.0)
    return float(np.max((pitches * holds).sum(axis=1) + lose.sum(axis=1) + most))
