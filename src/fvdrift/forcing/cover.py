"""Whether a forcing can carry a run: cover in time, gaps, frame interval, layers. Reads no fields."""

from pathlib import Path

import numpy as np

from fvdrift.errors import ForcingError, RunFileError
from fvdrift.tools.duration import short_duration

from .forcing import Forcing

_ROUNDING = 1e-6  # of the column


def cover_check(
    forcing: Forcing, start: int, end: int, step: int, *, run_file: Path | str = "run file"
) -> None:
    """Refuse a run from `start` to `end` by `step` (microseconds) that the forcing cannot carry.

    Raises ForcingError when the frames do not cover it or leave a gap longer than `forcing.max_gap` in it,
    RunFileError when `step` is longer than the shortest frame interval in it.
    """
    times, say = forcing.times, forcing.describe_time
    if len(times) < 2:
        raise ForcingError(
            f"{forcing.name}: holds one record, {say(int(times[0]))}; a run needs at least two to go between"
        )
    if start < times[0] or end > times[-1]:
        raise ForcingError(
            f"{_names(forcing)}: the forcing covers {say(int(times[0]))} to {say(int(times[-1]))}, "
            f"the run asks for {say(start)} to {say(end)}; change time.start, time.end or forcing.files"
        )
    first = int(np.searchsorted(times, start, side="right")) - 1
    last = max(int(np.searchsorted(times, end, side="left")), first + 1)
    intervals = np.diff(times[first : last + 1])
    widest = int(np.argmax(intervals))
    if intervals[widest] > forcing.max_gap:
        before, after = first + widest, first + widest + 1
        raise ForcingError(
            f"{forcing.name_of(before)}: no record for {short_duration(int(intervals[widest]))} "
            f"after {say(int(times[before]))} (the next is {say(int(times[after]))} in {forcing.name_of(after)}); "
            "add the missing files, shorten the run, or allow it by forcing.max_gap "
            f"(now {short_duration(forcing.max_gap)})"
        )
    shortest = int(np.argmin(intervals))
    interval = int(intervals[shortest])
    if step > interval:
        raise RunFileError(
            f"{Path(run_file).name}: time.step: {short_duration(step)} is longer than the {short_duration(interval)} "
            f"between frames of {forcing.name_of(first + shortest)}; "
            f"take {_seconds(interval // 60)} to {_seconds(interval // 12)}"
        )


def dimension_check(forcing: Forcing, kind: str, held_depth: float = 0.0) -> None:
    """Refuse a run of dimension `kind` ("3d", "2d", "surface", "depth") for which the layers of the forcing do
    not suffice. held_depth: m, of a run of kind "depth".

    Raises ForcingError with what the run could do instead.
    """
    name, sigma = forcing.name, forcing.sigma
    if kind == "2d" and {"ua", "va"} <= set(forcing.variables):
        return
    if sigma is None:
        why = (
            f"{forcing.no_layers}; "
            if forcing.no_layers
            else f"{name}: holds only depth-averaged velocity (ua, va); "
        )
        raise ForcingError(f'{why}set advection.dimension = "2d"')
    holds = f"{name}: u: holds only {sigma.told}"
    if kind == "2d" and not sigma.gives_mean:
        raise ForcingError(
            f"{holds}, and ua and va are not there: that gives no depth mean; {_instead(forcing)}"
        )
    if kind == "3d" and not sigma.whole:
        raise ForcingError(f"{holds}; a 3-D run needs the whole column: {_instead(forcing)}")
    if kind == "surface" and not sigma.near_surface:
        raise ForcingError(f"{holds}, none at the surface; {_instead(forcing)}")
    if kind == "depth" and not sigma.whole:
        nodes = np.unique(forcing.triangles)
        nodes = nodes[forcing.h[nodes] > 0]
        held = np.maximum(-held_depth / forcing.h[nodes], -1.0)
        # beyond the middle of the outermost the next would count
        top = 0.0 if sigma.at_surface else sigma.siglay[0, nodes]
        bottom = -1.0 if sigma.at_bed else sigma.siglay[-1, nodes]
        outside = (held > top + _ROUNDING) | (held < bottom - _ROUNDING)
        if outside.any():
            where = "everywhere" if outside.all() else f"at {np.count_nonzero(outside)} of {len(nodes)} nodes"
            known = (
                f"{holds}, which give the flow from sigma {np.mean(top) + 0.0:.3g} to {np.mean(bottom):.3g}"
            )
            raise ForcingError(
                f"{known}; advection.depth = {held_depth:g} m is not there {where}; {_instead(forcing)}"
            )


def _instead(forcing: Forcing) -> str:
    """What files that hold a part of the column are good for."""
    sigma = forcing.sigma
    if sigma is not None and sigma.near_surface:
        return 'set advection.dimension = "surface", or take files with all layers'
    if {"ua", "va"} <= set(forcing.variables):
        return 'set advection.dimension = "2d", for which ua and va are there, or take files with all layers'
    return "hold the particles within these layers by advection.depth, or take files with all layers"


def _names(forcing: Forcing) -> str:
    last = forcing.files[-1].name if forcing.files else forcing.name
    return last if last == forcing.name else f"{forcing.name} ... {last}"


def _seconds(microseconds: int) -> str:
    return f"{max(microseconds / 1e6, 0.001):.4g}s"
