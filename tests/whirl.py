"""Water in memory that turns as a solid body: a `Forcing` without a file. mypy checks that it is one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fvdrift.forcing import FieldReader, Fields, Forcing, LocatedFrame, Sigma, Variable
from simple_meshes import rectangle

SIDE, DEPTH = 4000.0, 10.0  # m
HOUR = 3_600_000_000
TURN = 2 * np.pi / 7200.0  # 1/s: once in two hours
FLOW = ("u", "v")


class Whirl:
    """Round the middle of a square, in one layer, at the hours 0, 1 and 2 of its own clock."""

    def __init__(self) -> None:
        mesh = rectangle(SIDE, SIDE, elements=800)
        self.x, self.y, self.triangles = mesh.x, mesh.y, mesh.triangles
        self.lon = self.lat = None
        self.geographic, self.why_coordinates = False, "as it is made"
        self.times: np.ndarray = np.arange(3, dtype=np.int64) * HOUR
        self.calendar, self.max_gap = False, HOUR
        self.h: np.ndarray = np.full(len(self.x), DEPTH)
        self.h_varies = False
        self.siglev: np.ndarray = np.repeat([[0.0], [-1.0]], len(self.x), axis=1)
        self.siglay: np.ndarray = np.full((1, len(self.x)), -0.5)
        self.sigma = Sigma(self.siglay, self.siglev, np.array([0.0, -1.0]), True)
        self.layers, self.no_layers = 1, ""
        self.variables = {name: Variable(name, "element", "layer", "m s-1", "") for name in FLOW}
        self.vertical = "none"
        self.has_wet, self.min_depth, self.has_coefficient = False, 0.05, False
        self.name, self.files, self.packed = "whirl", tuple[Path, ...](), False
        self.notes: list[str] = []
        self.mesh_prints: dict[str, str] = {}

    def read(self, frame: int, names: Sequence[str]) -> Fields:
        x, y = (values[self.triangles].mean(axis=1) - SIDE / 2 for values in (self.x, self.y))
        every = {
            "u": -TURN * y[np.newaxis],
            "v": TURN * x[np.newaxis],
            "zeta": np.zeros(len(self.x)),
            "h": self.h,
        }
        fields = {name: every[name].astype(np.float32) for name in names if name != "wet"}
        return fields | ({"wet": np.ones(len(x), np.uint8)} if "wet" in names else {})

    def locate(self, frame: int, names: Sequence[str]) -> LocatedFrame | None:
        return None

    def reader(self) -> FieldReader:
        raise NotImplementedError("no frame is located")

    def describe_time(self, time: int) -> str:
        return f"{time / HOUR:g} h"

    def name_of(self, frame: int) -> str:
        return f"hour {frame} of the whirl"

    def nearest_longitude(self, lon: Any) -> Any:
        return lon

    def close(self) -> None:
        return


def whirl() -> Forcing:
    """What mypy would not let pass if it were none."""
    return Whirl()
