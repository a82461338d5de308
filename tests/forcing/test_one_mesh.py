"""Files of one series have one mesh, in the vertical too."""

from pathlib import Path

import numpy as np
import pytest

from fvdrift.errors import ForcingError
from fvdrift.forcing.fvcom.series import open_series

from .odd_files import HOUR, NODES, START, small_file


def later():
    return small_file((3, 4))


@pytest.mark.parametrize(
    ("name", "place", "by"), [("h", (7,), 0.5), ("siglay", (1, 7), 0.01), ("siglev", (2, 7), -0.05)]
)
@pytest.mark.parametrize("turned", [False, True])
def test_one_node_that_differs_is_refused_with_its_place(
    tmp_path: Path, name: str, place: tuple[int, ...], by: float, turned: bool
) -> None:
    a, other = small_file().write(tmp_path / "a.nc"), later()
    was = float(other.values(name)[place])
    other.values(name)[place] += by
    b = other.write(tmp_path / "b.nc")
    row = {"h": "", "siglay": ", layer 2", "siglev": ", level 3"}[name]
    one, two = (("a", was), ("b", was + by)) if turned else (("b", was + by), ("a", was))
    words = (
        rf"{one[0]}\.nc: {name}: is {one[1]:.3g}\d* at node 8{row} \(x 422000\.000, y 5541000\.000\), "
        rf"and {two[1]:.3g}\d* in {two[0]}\.nc; only files of one mesh"
    )
    with pytest.raises(ForcingError, match=words):
        open_series([b, a] if turned else [a, b])


def test_other_layers_everywhere_and_another_datum_are_refused(tmp_path: Path) -> None:
    a = small_file().write(tmp_path / "a.nc")
    even = np.repeat(np.linspace(0, -1, 4)[:, None], NODES, 1)
    other = later().set("siglev", even).set("siglay", 0.5 * (even[1:] + even[:-1]))
    with pytest.raises(ForcingError, match=r"b\.nc: siglay: is -0\.166667 at node 1, layer 1 and 59 more"):
        open_series([a, other.write(tmp_path / "b.nc")])
    turned = (
        later().set("siglay", later().values("siglay")[::-1]).set("siglev", later().values("siglev")[::-1])
    )
    with pytest.raises(ForcingError, match=r"c\.nc: siglay: "):
        open_series([a, turned.write(tmp_path / "c.nc")])
    deeper = later().set("h", later().values("h") + np.float32(0.3))
    with pytest.raises(ForcingError, match=r"d\.nc: h: is 10\.3 at node 1 and 19 more .*, and 10 in a\.nc"):
        open_series([a, deeper.write(tmp_path / "d.nc")])


def test_layers_of_one_file_lie_between_the_levels_of_the_other(tmp_path: Path) -> None:
    layers, levels = small_file().drop("siglev", "omega"), later().drop("siglay", "omega")
    a = layers.write(tmp_path / "a.nc")
    with open_series([a, levels.write(tmp_path / "b.nc")]) as series:
        assert len(series.times) == 5
    even = np.repeat(np.linspace(0, -1, 4)[:, None], NODES, 1)
    c = levels.set("siglev", even).write(tmp_path / "c.nc")
    with pytest.raises(
        ForcingError, match=r"c\.nc: siglay: is -0\.166667 at node 1, layer 1 and .*, and -0\.05 in a\.nc"
    ):
        open_series([a, c])
    with pytest.raises(
        ForcingError, match=r"a\.nc: siglay: is -0\.05 at node 1, layer 1 and .*, and -0\.166667 in c\.nc"
    ):
        open_series([c, a])


def test_what_is_only_written_in_another_way_is_the_same(tmp_path: Path) -> None:
    a = small_file().write(tmp_path / "a.nc")
    double = later()
    for name in ("h", "siglay", "siglev"):
        double.set(name, double.values(name).astype("f8") * (1 + 1e-7))
    column = later().drop("siglev")
    column.set("siglay", -column.values("siglay")[:, 0], ("siglay",))
    column.set("h", np.round(column.values("h") * 100).astype("i2"), scale_factor=0.01)
    turned = later().set("siglay", later().values("siglay").T, ("node", "siglay"))
    for number, file in enumerate((double, column, turned)):
        with open_series([a, file.write(tmp_path / f"{number}.nc")]) as series:
            assert np.array_equal(series.times, START + HOUR * np.arange(5))


def test_nodes_of_no_element_may_hold_anything(tmp_path: Path) -> None:
    def with_a_spare_node(hours: tuple[float, ...], spare: float) -> Path:
        file = small_file(hours)
        file.dims["node"] = NODES + 1
        for name, (dims, values, attributes) in file.variables.items():
            if dims[-1] == "node":
                file.variables[name] = (
                    dims,
                    np.concatenate([values, values[..., -1:] + spare * (name == "h")], -1),
                    attributes,
                )
        return file.write(tmp_path / f"{spare}.nc")

    with open_series([with_a_spare_node((0, 1), 0.0), with_a_spare_node((2, 3), 99.0)]) as series:
        assert len(series.times) == 4


def test_files_that_share_a_mesh_share_its_arrays(tmp_path: Path) -> None:
    """A thousand files do not hold a thousand copies of it."""
    paths = [small_file((n,)).write(tmp_path / f"{n}.nc") for n in range(3)]
    with open_series(paths) as series:
        assert len({id(head.triangles) for head in series._records.heads}) == 1
        assert len({id(head.pairs) for head in series._records.heads}) == 1
