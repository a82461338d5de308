"""A mesh covers its ground once, whatever its shape; one that folds over itself is refused, also where all
neighbours fit."""

import numpy as np
import pytest

from fvdrift.errors import ForcingError
from fvdrift.forcing.triangles import refuse_no_surface, signed_area
from fvdrift.mesh import whole_mesh as meshes
from simple_meshes import Mesh, even_levels, rectangle


def build(mesh: Mesh, geographic: bool = False) -> meshes.WholeMesh:
    """As a run does."""
    assert signed_area(mesh.triangles, mesh.x, mesh.y).min() > 0
    refuse_no_surface(mesh.triangles, mesh.x, mesh.y, geographic, "a.nc")
    levels = np.repeat(even_levels(3)[:, None], len(mesh.x), axis=1)
    return meshes.build(
        mesh.x, mesh.y, mesh.triangles, levels, 0.5 * (levels[1:] + levels[:-1]), geographic=geographic
    )


def wound(turns: float, pitch: float) -> Mesh:
    """A strip round a point, `pitch` metres nearer to it after each turn."""
    plain = rectangle(6000.0, 300.0, elements=600)
    angle = plain.x / 6000.0 * turns * 2 * np.pi
    radius = 1000.0 + plain.y - pitch * angle / (2 * np.pi)
    return Mesh(-radius * np.cos(angle), radius * np.sin(angle), plain.triangles)


def beside(mesh: Mesh, dx: float, dy: float) -> Mesh:
    """The mesh and a copy of it, elsewhere."""
    again = mesh.triangles + len(mesh.x)
    x, y = np.append(mesh.x, mesh.x + dx), np.append(mesh.y, mesh.y + dy)
    return Mesh(x, y, np.concatenate([mesh.triangles, again]))


RECTANGLE = rectangle(1000.0, 500.0, elements=200, seed=3)


@pytest.mark.parametrize(
    "mesh",
    [
        beside(RECTANGLE, 0.0, 0.0), beside(RECTANGLE, 333.3, 111.1), beside(RECTANGLE, 970.0, 0.0),
        wound(1.3, 0.0), wound(1.05, 200.0),
    ],
    ids=["twice", "sheets", "at an end", "wound round", "wound round, at an end"],
)  # fmt: skip
def test_ground_that_is_covered_twice(mesh: Mesh) -> None:
    with pytest.raises(
        ForcingError, match=r"^nv: elements [0-9]+ and [0-9]+ cover the same ground \(x .*, y .*\); mend"
    ):
        build(mesh)


@pytest.mark.parametrize(
    "mesh",
    [
        RECTANGLE, beside(RECTANGLE, 1000.0, 0.0), beside(RECTANGLE, 0.0, 501.0),
        wound(0.9, 0.0), wound(1.0, 0.0), wound(1.9, 310.0),
    ],
    ids=["one", "touching", "apart", "a bay", "an island", "a spiral"],
)  # fmt: skip
def test_ground_that_is_covered_once(mesh: Mesh) -> None:
    assert build(mesh).elements == len(mesh.triangles)


@pytest.mark.parametrize("middle", [(179.9, 10.0), (-180.0, -60.0), (0.0, 89.0), (20.0, -89.5)])
def test_degrees_at_the_date_line_and_near_the_poles(middle: tuple[float, float]) -> None:
    plain = rectangle(1.0, 0.5, elements=200)
    build(Mesh(plain.x + middle[0], plain.y + middle[1], plain.triangles), geographic=True)
