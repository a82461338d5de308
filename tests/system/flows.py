"""Small forcing with all that makes hand-offs hard: fast, speeding up, drying, on the sphere, with uneven
layers."""

from pathlib import Path
from typing import Any

import numpy as np

from generate_forcing import (
    Flow,
    even_levels,
    node_levels,
    rectangle,
    uneven_levels,
    write_forcing,
    write_obc,
)

from .workshop import HOUR, START

LENGTH, WIDTH, DEPTH = 10_000.0, 2_500.0, 20.0
DEGREE = np.pi / 180 * 6_371_000.0


def gyres(speed: float, growth: float = 0.0, drift: float = 0.0) -> Flow:
    """Two gyres that swing, turned over depth, with up- and downwelling. growth: 1/h, after the first hour;
    drift: m/s along the channel.
    """

    def strength(t: float) -> float:
        return speed * (1.0 + growth * max(t / 3600.0 - 1.0, 0.0))

    def along(x: Any, y: Any, t: float) -> Any:
        return np.pi * (2 * x / LENGTH + 0.2 * np.sin(t / 5000.0))

    def up(y: Any) -> Any:
        return np.pi * y / WIDTH

    return Flow(
        u=lambda x, y, s, t: drift + strength(t) * (1 + 0.5 * s) * np.sin(along(x, y, t)) * np.cos(up(y)),
        v=lambda x, y, s, t: (
            -strength(t) * (1 + 0.5 * s) * 2 * WIDTH / LENGTH * np.cos(along(x, y, t)) * np.sin(up(y))
        ),
        zeta=lambda x, y, t: 0.5 * np.cos(t / 7000.0) * (1 + x / LENGTH),
        omega=lambda x, y, s, t: 4e-3 * s * (1 + s) * np.cos(along(x, y, t)) * np.sin(up(y)),
        ww=lambda x, y, s, t: 4e-3 * s * (1 + s) * np.cos(along(x, y, t)) * np.sin(up(y)),
        temp=lambda x, y, s, t: 10 + 3 * s + 1e-3 * x + 1e-4 * t,
        salinity=lambda x, y, s, t: 30 + 2 * s - 1e-3 * y,
        kh=lambda x, y, s, t: 1e-4 - 1e-2 * s * (1 + s) + 0 * x,
    )


def channel(
    path: Path, flow: Flow, *, length: float = LENGTH, elements: int = 400, frames: int = 5, every: int = HOUR,
    sigma: str = "even", layers: int = 5, h: Any = DEPTH, **options: Any,
) -> Path:  # fmt: skip
    """A rectangle of jittered triangles with `flow` in it, and beside it NAME_obc.dat with the nodes of its
    two ends."""
    mesh = rectangle(length, WIDTH, elements=elements)
    levels = {
        "even": even_levels(layers),
        "uneven": uneven_levels(layers),
        "node": node_levels(layers, mesh.x),
    }[sigma]
    depth = h(mesh.x, mesh.y) if callable(h) else h
    times = (0 if options.get("calendar") is False else START) + every * np.arange(frames)
    options.setdefault("zero_us", int(times[0]))
    if options.get("coordinates") == "geographic":
        options |= {"lat": 50.0 + mesh.y / DEGREE}
        options |= {"lon": -4.0 + mesh.x / (DEGREE * np.cos(np.radians(50.0)))}
    write_forcing(
        path,
        x=mesh.x,
        y=mesh.y,
        triangles=mesh.triangles,
        h=depth,
        siglev=levels,
        times_us=times,
        flow=flow,
        **options,
    )
    write_obc(
        path.with_name(path.stem + "_obc.dat"), np.flatnonzero((mesh.x < 1e-6) | (mesh.x > length - 1e-6))
    )
    return path


def without(flow: Flow, *names: str) -> Flow:
    """The flow with some of its fields left out of the file."""
    return Flow(**{**vars(flow), **dict.fromkeys(names)})
