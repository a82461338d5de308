"""Sigma layers and levels, whole or not."""

from pathlib import Path

import numpy as np
import pytest

from fvdrift.errors import ForcingError
from fvdrift.forcing import Series, dimension_check, open_series

from .odd_files import ELEMENTS, LAYERS, LEVELS, NODES, OddFile, small_file, u_value


def opened(file: OddFile, folder: Path) -> Series:
    return open_series([file.write(folder / "a.nc")])


def is_the_column(series: Series) -> bool:
    assert series.siglev is not None
    assert series.siglay is not None
    assert series.siglev.shape == (4, NODES)
    return np.allclose(series.siglev, LEVELS[:, None], atol=1e-6) and np.allclose(series.siglay, LAYERS[:, None], atol=1e-6)


def subset(layers: slice) -> OddFile:
    """The small file with only some of its layers, as a tool would cut it."""
    file = small_file().drop("siglev", "omega")
    file.dims["siglay"] = len(LAYERS[layers])
    for name in ("siglay", "u", "v"):
        values = file.values(name)
        file.set(name, values[layers] if name == "siglay" else values[:, layers])
    return file


def test_sigma_at_every_node(tmp_path: Path) -> None:
    with opened(small_file(), tmp_path) as series:
        assert is_the_column(series)
        assert series.layers == 3
        assert series.vertical == "omega"
        assert series.notes == []


def test_sigma_in_one_column(tmp_path: Path) -> None:
    file = small_file().drop("siglay", "siglev")
    file.set("siglay", LAYERS.astype("f4"), ("siglay",)).set("siglev", LEVELS.astype("f4"), ("siglev",))
    with opened(file, tmp_path) as series:
        assert is_the_column(series)


def test_sigma_that_differs_from_node_to_node(tmp_path: Path) -> None:
    power = np.linspace(1, 2, NODES)
    levels = -((-LEVELS[:, None]) ** power)
    file = small_file().set("siglev", levels).set("siglay", 0.5 * (levels[1:] + levels[:-1]))
    with opened(file, tmp_path) as series:
        assert np.allclose(series.siglev, levels, atol=1e-7)


def test_missing_levels_are_rebuilt_so_that_layers_lie_midway(tmp_path: Path) -> None:
    with opened(small_file().drop("siglev"), tmp_path) as series:
        assert is_the_column(series)
        assert series.vertical == "omega"
        assert any("siglev is missing" in note for note in series.notes)


def test_missing_layers_lie_between_levels(tmp_path: Path) -> None:
    with opened(small_file().drop("siglay"), tmp_path) as series:
        assert is_the_column(series)


def test_neither_layers_nor_levels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ForcingError, match=r"a\.nc: siglay: there are no sigma layers"):
        opened(small_file().drop("siglay", "siglev"), tmp_path)


def test_a_bed_just_below_minus_one_is_kept_and_clamped(tmp_path: Path) -> None:
    file = small_file()
    levels = file.values("siglev").copy()
    levels[-1] = -1.0000001
    file.set("siglev", levels, valid_min="-1.0", valid_max="0.0")
    with opened(file, tmp_path) as series:
        assert series.siglev is not None
        assert np.all(series.siglev[-1] == -1.0)
        assert is_the_column(series)
        assert series.vertical == "omega"


@pytest.mark.parametrize("sign", [1, -1])
def test_layers_from_the_bed_up_are_turned_with_their_fields(tmp_path: Path, sign: int) -> None:
    file = small_file()
    for name in ("siglay", "siglev"):
        file.set(name, sign * file.values(name)[::-1])
    file.values("omega")[:, 0] = 7.0  # at the bed here
    with opened(file, tmp_path) as series:
        assert is_the_column(series)
        fields = series.read(1, ["u", "omega", "zeta"])
        assert np.array_equal(fields["u"], u_value(1)[::-1])
        assert np.all(fields["omega"][-1] == 7.0)
        assert fields["u"].flags.c_contiguous


def test_fewer_layers_that_still_span_the_column(tmp_path: Path) -> None:
    with opened(subset(slice(None, None, 2)), tmp_path) as series:
        assert series.layers == 2
        assert np.allclose(series.siglay[:, 0], LAYERS[::2])  # type: ignore[index]
        assert series.siglev[:, 0].tolist() == pytest.approx([0, LAYERS[::2].mean(), -1])  # type: ignore[index]
        assert series.read(0, ["u"])["u"].shape == (2, ELEMENTS)
        dimension_check(series, "3d")


def test_the_lowest_layers_alone_serve_a_flat_run_only(tmp_path: Path) -> None:
    file = small_file()
    file.dims.update(siglay=1, siglev=2)
    for name in ("siglay", "siglev"):
        file.set(name, file.values(name)[-1 if name == "siglay" else -2 :] * 0.1 - 0.9)  # sigma -0.94 to -1
    for name, count in (("u", 1), ("v", 1), ("omega", 2)):
        file.set(name, file.values(name)[:, -count:])
    with opened(file, tmp_path) as series:
        assert series.column == pytest.approx((-0.94, -1.0))
        assert series.vertical == "none"  # its levels are not those of the whole column
        assert series.siglev is not None
        assert series.siglev[[0, -1], 0].tolist() == [0, -1]
        assert any("holds only the layers between sigma -0.94 and -1" in note for note in series.notes)
        dimension_check(series, "2d")
        for kind in ("3d", "surface"):
            with pytest.raises(ForcingError, match=r"holds only layers between sigma -0\.94 and -1"):
                dimension_check(series, kind)


@pytest.mark.parametrize("how", ["one layer", "no layer"])
def test_a_surface_file_is_refused_for_a_run_in_three_dimensions(tmp_path: Path, how: str) -> None:
    file = subset(slice(0, 1))
    if how == "no layer":
        file.drop("siglay")
        for name in ("u", "v"):
            file.set(name, file.values(name)[:, 0]).variables[name] = (("time", "nele"), file.values(name), {})
    with opened(file, tmp_path) as series:
        assert np.array_equal(series.read(2, ["u"])["u"], u_value(2)[:1])
        dimension_check(series, "surface")
        with pytest.raises(ForcingError, match=r'a 3-D run needs the column: set advection\.dimension = "surface"'):
            dimension_check(series, "3d")


def test_one_layer_that_is_the_whole_column_serves(tmp_path: Path) -> None:
    file = small_file().drop("omega")
    file.dims.update(siglay=1, siglev=2)
    file.set("siglay", np.full((1, NODES), -0.5)).set("siglev", np.repeat([[0.0], [-1.0]], NODES, 1))
    for name in ("u", "v"):
        file.set(name, file.values(name)[:, :1])
    with opened(file, tmp_path) as series:
        dimension_check(series, "3d")


def test_center_variables_are_not_needed_and_not_offered(tmp_path: Path) -> None:
    file = small_file().set("siglay_center", np.zeros((3, ELEMENTS)), ("siglay", "nele"))
    with opened(file, tmp_path) as series:
        assert is_the_column(series)
        assert "siglay_center" not in series.variables


@pytest.mark.parametrize("name", ["siglay", "siglev"])
@pytest.mark.parametrize("value", [-999.0, 99999.0, 1e20, 9.96921e36, np.nan, -1.5])
def test_a_layer_that_is_none_at_one_node(tmp_path: Path, name: str, value: float) -> None:
    file = small_file()
    values = file.values(name).copy()
    values[1, 4] = value
    with pytest.raises(ForcingError, match=rf"a\.nc: {name}: .* at node 5, row 2 \(x 424000"):
        opened(file.set(name, values), tmp_path)
