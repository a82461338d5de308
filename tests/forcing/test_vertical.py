"""Sigma layers and levels, whole or not."""

from pathlib import Path

import numpy as np
import pytest

from fvdrift.commands.info import render
from fvdrift.errors import ForcingError
from fvdrift.forcing.cover import dimension_check
from fvdrift.forcing.fvcom.description import describe
from fvdrift.forcing.fvcom.series import Series, open_series

from .odd_files import ELEMENTS, LAYERS, LEVELS, NODES, OddFile, small_file, u_value


def opened(file: OddFile, folder: Path) -> Series:
    return open_series([file.write(folder / "a.nc")])


def is_the_column(series: Series) -> bool:
    assert series.siglev is not None
    assert series.siglay is not None
    assert series.siglev.shape == (4, NODES)
    return np.allclose(series.siglev, LEVELS[:, None], atol=1e-6) and np.allclose(
        series.siglay, LAYERS[:, None], atol=1e-6
    )


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


def even_file(kept: slice, *, levels: str = "kept", layers: int = 20, mean: bool = False) -> OddFile:
    """Some of 20 even layers, as a tool would cut them. levels: "kept": with the layers; "all"; "none"."""
    file = small_file().drop("omega")
    full = np.linspace(0, -1, layers + 1)
    siglay = (0.5 * (full[1:] + full[:-1]))[kept]
    file.dims.update(siglay=len(siglay), siglev=len(siglay) + 1)
    file.set("siglay", np.repeat(siglay[:, None], NODES, 1).astype("f4"))
    if levels == "none":
        file.drop("siglev")
    else:
        lev = full if levels == "all" else full[kept.start : kept.stop + 1]
        file.dims["siglev"] = len(lev)
        file.set("siglev", np.repeat(lev[:, None], NODES, 1).astype("f4"))
    for name in ("u", "v"):
        file.set(name, np.full((3, len(siglay), ELEMENTS), 0.1, "f4"))
        if mean:
            file.set(f"{name}a", np.full((3, ELEMENTS), 0.3, "f4"), ("time", "nele"))
    return file


def refused(series: Series, kind: str, depth: float = 0.0) -> str:
    """What is said of a run of that kind, "" where it may be."""
    try:
        dimension_check(series, kind, depth)
    except ForcingError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("levels", ["kept", "all", "none"])
@pytest.mark.parametrize(
    ("kept", "bounds"),
    [
        (slice(18, 20), [-0.9, -0.95, -1]),
        (slice(0, 3), [0, -0.05, -0.1, -0.15]),
        (slice(9, 11), [-0.45, -0.5, -0.55]),
    ],
)
def test_a_part_of_the_column_is_told_as_what_it_is(
    tmp_path: Path, levels: str, kept: slice, bounds: list[float]
) -> None:
    with opened(even_file(kept, levels=levels), tmp_path) as series:
        assert series.sigma is not None
        assert series.sigma.bounds == pytest.approx(bounds, abs=1e-6)
        assert series.vertical == "none"  # no omega is that of the whole column
        assert series.siglev is not None
        assert series.siglev[[0, -1], 0].tolist() == [0, -1]
        found = describe(series)
        text = render(found)
    where = f"{len(bounds) - 1} layers between sigma {bounds[0]:.3g} and {bounds[-1]:.3g}"
    if (levels, kept.start) == ("none", 9):  # in mid-water nothing tells where they end
        where = f"only {where}, perhaps not all that lie there"
    else:
        where = f"only the {where}"
        assert f"{where}, each 0.05 of the depth, the same at all nodes" in text
    assert where in text
    assert "nothing: a 3-D run needs the whole column" in text
    assert f"a.nc: holds {where}: a part of the column" in found["notes"]
    assert not found["vertical"]["whole"]


@pytest.mark.parametrize("levels", ["kept", "all", "none"])
@pytest.mark.parametrize("mean", [True, False])
def test_a_part_of_the_column_serves_only_what_it_holds(tmp_path: Path, levels: str, mean: bool) -> None:
    """h is 10 to 11.9 m."""
    for kept, surface, depths in (
        (slice(0, 3), True, {1.0: True, 1.6: False}),
        (slice(18, 20), False, {1.0: False, 11.2: True, 10.8: False}),
        (slice(8, 12), False, {5.5: True, 2.0: False, 9.0: False}),
    ):
        with opened(even_file(kept, levels=levels, mean=mean), tmp_path) as series:
            assert "a 3-D run needs the whole column" in refused(series, "3d")
            assert (refused(series, "2d") == "") is mean  # by ua, va
            assert mean or "ua and va are not there: that gives no depth mean" in refused(series, "2d")
            assert (refused(series, "surface") == "") is surface
            for depth, there in depths.items():
                assert (refused(series, "depth", depth) == "") is there, (kept, depth)


def test_one_layer_without_levels_is_no_mean(tmp_path: Path) -> None:
    for kept, surface in ((slice(0, 1), True), (slice(9, 10), False), (slice(19, 20), False)):
        with opened(even_file(kept, levels="none"), tmp_path) as series:
            assert "holds only one layer, at sigma" in refused(series, "2d")
            assert (refused(series, "surface") == "") is surface
            assert refused(series, "depth", 5.0)
            assert "one layer, at sigma" in render(describe(series))
    # all of the column, or its middle
    with opened(even_file(slice(0, 1), levels="none", layers=1), tmp_path) as series:
        assert refused(series, "2d")
        assert not refused(series, "3d")
    with opened(even_file(slice(0, 1), layers=1), tmp_path) as series:
        assert not refused(series, "2d")


@pytest.mark.parametrize(
    ("every", "levels"),
    [
        (slice(0, 20, 2), "all"),
        (slice(0, 20, 2), "none"),
        (slice(1, 20, 2), "none"),
        (slice(0, 20, 3), "none"),
    ],
)
def test_layers_left_out_give_no_mean(tmp_path: Path, every: slice, levels: str) -> None:
    with opened(even_file(every, levels=levels), tmp_path) as series:
        assert "perhaps not all that lie there, and ua and va are not there" in refused(series, "2d")


@pytest.mark.parametrize("sigma", [-0.975, -0.025])
def test_a_layer_taken_out_is_where_siglay_says(tmp_path: Path, sigma: float) -> None:
    file = even_file(slice(0, 1), levels="none").set("siglay", np.full(NODES, sigma), ("node",))
    for name in ("u", "v"):
        file.variables[name] = (("time", "nele"), file.values(name)[:, 0], {})
    with opened(file, tmp_path) as series:
        assert (refused(series, "surface") == "") is (sigma > -0.5)
        assert "holds only one layer, at sigma" in refused(series, "2d")
        assert series.read(0, ["u"])["u"].shape == (1, ELEMENTS)


def test_a_run_by_the_depth_mean_needs_no_layers(tmp_path: Path) -> None:
    file = even_file(slice(0, 20), levels="none", mean=True).drop("siglay")
    with opened(file, tmp_path) as series:
        assert not refused(series, "2d")
        assert series.read(0, ["ua"])["ua"] == pytest.approx(0.3)
        assert "u" not in series.variables
        assert "there are no sigma layers" in refused(series, "3d")
        assert any("so u, v are not used, and ua, va serve" in note for note in series.notes)


@pytest.mark.parametrize("how", ["one layer", "no layer"])
def test_a_surface_file_is_refused_for_a_run_in_three_dimensions(tmp_path: Path, how: str) -> None:
    file = subset(slice(0, 1))
    if how == "no layer":
        file.drop("siglay")
        for name in ("u", "v"):
            file.set(name, file.values(name)[:, 0]).variables[name] = (
                ("time", "nele"),
                file.values(name),
                {},
            )
    with opened(file, tmp_path) as series:
        assert np.array_equal(series.read(2, ["u"])["u"], u_value(2)[:1])
        dimension_check(series, "surface")
        with pytest.raises(
            ForcingError, match=r'a 3-D run needs the whole column: set advection\.dimension = "surface"'
        ):
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
