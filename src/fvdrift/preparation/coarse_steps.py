"""What of the run file's behaviour hangs on the length of a step, or is not what it seems: said at the start
of a run.

Computes nothing a run needs. The steps of the walk across are `stride`.
"""

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from fvdrift.mesh import METRES_PER_DEGREE, Polygons, WholeMesh
from fvdrift.orders import BehaviourOrder
from fvdrift.settings import Settling
from fvdrift.tools.quantity import rounded_down
from fvdrift_kernels.habitat import NOWHERE

AFLOAT = 0.05  # of those that lie ashore may be counted afloat, as they go back there within a step
WAY = 0.5  # in a step, of what a habitat is wide: who goes farther may cross it within a step
OTHER_WAY = 0.01  # of the particles may rise where they are to sink


def coarse_steps(
    order: BehaviourOrder, step: float, mesh: WholeMesh, speed: np.ndarray, walked: np.ndarray
) -> Iterator[str]:
    """Sentences on steps of `step` s. speed: m/s (element,), the fastest of each column; walked: m
    (element,), how far the walk across goes in a step."""
    if order.settling is not None and order.settling.kind == "normal":
        yield spread(order.settling)
    if order.refloat is not None:
        yield from refloat(order.refloat, step)
    if order.polygons is not None:
        there = mesh.given["habitat"] != NOWHERE
        fastest, farthest = (float(values[there].max(initial=0.0)) for values in (speed, walked))
        yield from settlement(order.polygons, mesh.metric is not None, step, fastest, farthest)
    yield from out_of_wind(order, step)


def spread(settling: Settling) -> str:
    """What a normal spread of speeds means: some have the other sign, by Phi(-mean / deviation)."""
    mean, deviation = settling.first, settling.second
    share = 0.5 * math.erfc(abs(mean) / deviation / math.sqrt(2.0))
    those, others = ("sink", "rise") if mean >= 0 else ("rise", "sink")
    said = f"speeds are normal about {abs(mean) * 1e3:.4g} mm/s, deviation {deviation * 1e3:.4g}: {100 * share:.2g} % {others}"
    if mean == 0 or share <= OTHER_WAY:
        return said
    return f"warning: behaviour.settling: {said}; if all are to {those}, give two speeds between which they are spread evenly"


def refloat(half_life: float, step: float) -> Iterator[str]:
    """Who gets afloat is so for a step at least: where the flow goes ashore a share of p / (1 + p) is afloat
    then, p being the chance to get afloat in a step; in the limit of short steps it is 0."""
    chance = -math.expm1(-math.log(2.0) * step / half_life)
    share = chance / (1.0 + chance)
    if share > AFLOAT:
        enough = -half_life * math.log2(1.0 - AFLOAT / (1.0 - AFLOAT))
        yield (
            f"warning: boundary.refloat: a step is {step / half_life:.2g} of the half-life: where the flow goes ashore "
            f"{share:.0%} of those that would lie there are afloat, each for a step at least; "
            f'time.step = "{rounded_down(enough)}s" makes it {AFLOAT:.0%}'
        )


def out_of_wind(order: BehaviourOrder, step: float) -> Iterator[str]:
    """Whether who sinks, rises or swims passes the depth of windage within a step: wind counts by where that
    begins."""
    speeds = [0.0 if order.migration is None else order.migration.speed]
    if order.settling is not None:
        grain = order.settling.kind == "grain"  # signed roots
        speeds += [
            abs(speed) ** (2 if grain else 1) for speed in (order.settling.first, order.settling.second)
        ]
    way = step * max(speeds)
    if order.windage and way > order.windage_depth:
        enough = rounded_down(order.windage_depth / max(speeds))
        yield (
            f"warning: behaviour.windage: in a step particles go up to {way:.3g} m up or down, and wind takes them down to "
            f"{order.windage_depth:.3g} m, by where a step begins: they feel it for too long or too short; "
            f'time.step = "{enough}s" would do'
        )


def settlement(
    polygons: Polygons, geographic: bool, step: float, speed: float, walked: float
) -> Iterator[str]:
    """Whether who crosses a habitat, with the flow and `walked` m, may do so within a step: then it does not
    settle there, as that is asked where steps end."""
    way, wide = speed * step + walked, widths(polygons, geographic)
    narrow = np.flatnonzero(way > WAY * wide)
    if len(narrow):
        least = int(narrow[np.argmin(wide[narrow])])
        # the walk goes by the root of the step: speed dt + 2 half sqrt(dt) is to be short
        half = walked / math.sqrt(step) / 2.0
        short = WAY * float(wide[least])
        enough = rounded_down((short / (half + math.sqrt(half * half + speed * short))) ** 2)
        yield (
            f"warning: behaviour.settlement: in a step particles go up to {way:.4g} m where habitats are (first frame), and "
            f"{len(narrow)} of {len(wide)} are so narrow ({polygons.names[least]!r}: {wide[least]:.4g} m on average) that "
            f'some cross them within a step, and do not settle; time.step = "{enough}s" would do'
        )


def widths(polygons: Polygons, geographic: bool) -> np.ndarray:
    """How long straight ways through each polygon are on average, m: pi times its area over its outline
    (Cauchy's mean chord)."""
    return widths_and_areas(polygons, geographic)[0]


def widths_and_areas(polygons: Polygons, geographic: bool) -> tuple[np.ndarray, np.ndarray]:
    """`widths`, and areas in m2, both float64 (polygon,)."""
    metre = METRES_PER_DEGREE if geographic else 1.0
    x, y = polygons.px * metre, polygons.py * metre
    x = x * np.cos(np.radians(polygons.py)) if geographic else x
    area, outline = np.array([_area_and_outline(x[a:b], y[a:b]) for a, b in pairwise(polygons.first)]).T
    area[np.diff(polygons.part, prepend=-1) == 0] *= -1.0  # all but the first ring of a part go round holes
    areas = np.add.reduceat(area, polygons.ring[:-1])
    return math.pi * areas / np.add.reduceat(outline, polygons.ring[:-1]), areas


def _area_and_outline(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Of one ring, whichever way it goes."""
    xn, yn = np.roll(x, -1), np.roll(y, -1)
    area = abs(float(((x - x[0]) * (yn - y[0]) - (xn - x[0]) * (y - y[0])).sum())) / 2
    return area, float(np.hypot(xn - x, yn - y).sum())
