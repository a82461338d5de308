"""Run files made in the test's own folder, and a run of three hours in steps of a minute."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from fvdrift.release.plan import plan_releases
from fvdrift.settings.load import run_file_from
from fvdrift.timeline.clock import StepGrid
from fvdrift_kernels.geometry import fill_elements
from fvdrift_kernels.locate import search_grid
from fvdrift_kernels.state import ELEMENT, Mesh, stencil_type

HOUR = 3_600_000_000
START = 1_588_291_200_000_000  # 2020-05-01T00:00:00Z
GRID = StepGrid(START, START + 3 * HOUR, 60_000_000)


def unchanged(x, y, coordinates):
    return x, y


def a_run(geographic, middle=0.0):
    """Where a run is: in degrees about a longitude, or projected."""
    return SimpleNamespace(
        geographic=geographic, nearest_longitude=lambda lon: lon + 360.0 * np.round((middle - lon) / 360.0)
    )


@pytest.fixture
def planned(tmp_path: Path):
    """Plans the releases of blocks given as tables, in a folder for their files."""

    def plan(*blocks, grid=GRID, to_run=unchanged, **options):
        tree = {"forcing": {"files": ["a.nc"]}, "release": list(blocks)}
        return plan_releases(run_file_from(tree, tmp_path / "run.toml"), grid, to_run, **options)

    return plan


@pytest.fixture(scope="session")
def water():
    """A square of 10 by 10, in two elements."""
    x, y = np.array([0.0, 10, 10, 0]), np.array([0.0, 0, 10, 10])
    corners = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    element = np.zeros(2, ELEMENT).view(np.recarray)
    fill_elements(x, y, corners, np.array([[-1, 1, -1], [-1, -1, 0]], np.int32), element)
    mesh = Mesh(element, np.zeros(2, stencil_type()), corners, np.float32([[0.0, -0.5, -1.0]]), 0)
    return {"mesh": mesh, "grid": search_grid(x, y, corners), "geographic": False}
