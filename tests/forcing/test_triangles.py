"""The mesh as nv gives it, in any of its dialects."""

from pathlib import Path

import numpy as np
import pytest

from fvdrift.errors import ForcingError
from fvdrift.forcing.fvcom.series import Series, open_series
from fvdrift.forcing.triangles import signed_area

from .odd_files import NODES, TRIANGLES, OddFile, X, Y, geographic, small_file


def opened(file: OddFile, folder: Path, format: str = "NETCDF4_CLASSIC") -> Series:
    return open_series([file.write(folder / "a.nc", format)])


def is_the_mesh(series: Series) -> bool:
    counter_clockwise = np.all(signed_area(series.triangles, series.x, series.y) > 0)
    return bool(counter_clockwise) and np.array_equal(np.sort(series.triangles, 1), np.sort(TRIANGLES, 1))


@pytest.mark.parametrize("kind", ["i4", "i8", "f4", "f8"])
@pytest.mark.parametrize("base", [0, 1])
@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize("clockwise", [False, True])
def test_nv_of_any_base_type_shape_and_orientation(
    tmp_path: Path, kind: str, base: int, across: bool, clockwise: bool
) -> None:
    numbers = (TRIANGLES[:, [0, 2, 1]] if clockwise else TRIANGLES) + base
    file = small_file()
    file.set(
        "nv",
        (numbers if across else numbers.T).astype(kind),
        ("nele", "three") if across else ("three", "nele"),
    )
    with opened(file, tmp_path, "NETCDF4") as series:
        assert is_the_mesh(series)
        assert series.notes == []


def test_mixed_orientation_is_turned_and_told(tmp_path: Path) -> None:
    numbers = TRIANGLES.copy()
    numbers[3:5] = numbers[3:5, ::-1]
    with opened(small_file().set("nv", numbers.T + 1), tmp_path) as series:
        assert is_the_mesh(series)
        assert any("2 of 24 elements run the other way round" in note for note in series.notes)


@pytest.mark.parametrize("base", [0, 1])
def test_the_base_is_found_where_an_end_node_is_unused(tmp_path: Path, base: int) -> None:
    """0-based without node 0 and 1-based without the last node show the same numbers."""
    keep = ~np.any((0 if base == 0 else NODES - 1) == TRIANGLES, axis=1)
    kept = TRIANGLES[keep]
    file = small_file()
    file.dims["nele"] = len(kept)
    file.set("nv", kept.T + base)
    for name in ("u", "v"):
        file.set(name, file.values(name)[..., : len(kept)])
    with opened(file, tmp_path) as series:
        assert np.array_equal(np.sort(series.triangles, 1), np.sort(kept, 1))


def test_start_index_decides_where_it_fits(tmp_path: Path) -> None:
    # a lie: node 0 is named
    with opened(small_file().set("nv", TRIANGLES.T, start_index=1), tmp_path) as series:
        assert is_the_mesh(series)


def test_unused_nodes_stay_and_may_have_no_position(tmp_path: Path) -> None:
    file = small_file()
    file.dims["node"] = NODES + 2
    for name, (dims, values, attributes) in file.variables.items():
        if dims[-1] == "node":
            filler = np.full((*values.shape[:-1], 2), np.nan if name in ("x", "y") else 0, values.dtype)
            file.variables[name] = (dims, np.concatenate([values, filler], axis=-1), attributes)
    with opened(file, tmp_path) as series:
        assert is_the_mesh(series)
        assert len(series.x) == NODES + 2
        assert np.all(np.isfinite(series.x))
        assert series.read(0, ["zeta"])["zeta"].shape == (NODES + 2,)
        assert any("2 of 22 nodes belong to no element" in note for note in series.notes)


def test_a_wrong_nbe_is_never_read(tmp_path: Path) -> None:
    file = small_file().set("nbe", np.full((3, len(TRIANGLES)), -999, "i4"), ("three", "nele"))
    with opened(file, tmp_path) as series:
        assert is_the_mesh(series)


def test_disconnected_pieces_are_read(tmp_path: Path) -> None:
    keep = np.r_[0:4, 16:24]
    file = small_file()
    file.dims["nele"] = len(keep)
    file.set("nv", TRIANGLES[keep].T + 1)
    for name in ("u", "v"):
        file.set(name, file.values(name)[..., keep])
    with opened(file, tmp_path) as series:
        assert len(series.triangles) == len(keep)


def test_numbers_that_are_no_nodes_are_refused(tmp_path: Path) -> None:
    for bad, words in ((0, "holds node numbers 0 to 20"), (10**6, "no nodes of this mesh")):
        numbers = TRIANGLES.T + 1
        numbers[0, 1] = bad
        with pytest.raises(ForcingError, match=rf"a\.nc: nv: .*{words}"):
            opened(small_file().set("nv", numbers), tmp_path)
    numbers = TRIANGLES.T + 1
    numbers[0, 5] = numbers[1, 5]
    with pytest.raises(ForcingError, match="element 6 names one node twice"):
        opened(small_file().set("nv", numbers), tmp_path)


@pytest.mark.parametrize(
    "place", [(1e20, 0.0), (-9999.0, 1000.0), (-999.0, -999.0), (np.nan, 0.0), (9.96921e36, 9.96921e36)]
)
@pytest.mark.parametrize("degrees", [False, True])
def test_a_node_that_is_nowhere(tmp_path: Path, place: tuple[float, float], degrees: bool) -> None:
    file = geographic(small_file()) if degrees else small_file()
    names = ("lon", "lat") if degrees else ("x", "y")
    for name, value in zip(names, place, strict=True):
        values = file.values(name).astype("f8")
        values[6] = value
        file.set(name, values)
    if degrees:
        file.set("x", np.zeros(NODES)).set("y", np.zeros(NODES))
    with pytest.raises(ForcingError, match=rf"a\.nc: .*{names[0]}, {names[1]} are .*at node 7"):
        opened(file, tmp_path)


@pytest.mark.parametrize(
    ("node", "place", "says"),
    [
        (6, (2000.0 + 1e-4, 1000.0), r"nodes [78] and [78] lie at one place, and are corners of element"),
        (6, (0.0, 500.0), "the corners in one line, so no area, are those of element"),
        (6, (2600.0, 1400.0), "elements .* overlap: both lie on the same side of nodes"),
        (6, (99_999.0, 99_999.0), "elements .* overlap: both lie on the same side of nodes"),
    ],
)
def test_elements_that_cannot_be_told_apart(
    tmp_path: Path, node: int, place: tuple[float, float], says: str
) -> None:
    file, (x, y) = small_file(), (420_000 + X, 5_540_000 + Y)
    x[node], y[node] = 420_000 + place[0], 5_540_000 + place[1]
    with pytest.raises(ForcingError, match=rf"^a\.nc: nv: {says}.* \(x [0-9.]+, y [0-9.]+\); mend the mesh$"):
        opened(file.set("x", x).set("y", y), tmp_path)


@pytest.mark.parametrize("more", [[0, 1, 2 * 5 + 2], [0, 6, 2], [1, 0, 6]])
def test_three_elements_on_a_side_or_two_on_one_side_of_it(tmp_path: Path, more: list[int]) -> None:
    file = small_file()
    file.dims["nele"] = len(TRIANGLES) + 1
    file.set("nv", np.concatenate([TRIANGLES, [more]]).T + 1)
    for name in ("u", "v"):
        file.set(name, np.concatenate([file.values(name), file.values(name)[..., :1]], axis=-1))
    with pytest.raises(ForcingError, match=r"a\.nc: nv: elements [0-9]+ and [0-9]+ overlap"):
        opened(file, tmp_path)


@pytest.mark.parametrize("scale", [1e-5, 1.0])
def test_a_mesh_of_any_size_is_read(tmp_path: Path, scale: float) -> None:
    # 0.5 cm2, in a tank
    with opened(small_file().set("x", X * scale).set("y", Y * scale), tmp_path) as series:
        assert is_the_mesh(series)
