"""What the members of an ensemble have in common: by the names that the axes of their statistics have, not by
their places."""

from pathlib import Path

import netCDF4
import numpy as np
import pytest

from fvdrift.output.paths import statistics_path
from fvdrift.postprocess.ensemble_summary import write_summary
from fvdrift.postprocess.member_axes import axes_of, laid_out
from fvdrift.postprocess.varied_values import as_numbers
from fvdrift.preparation.members import Member
from fvdrift.settings.load import load_run_file
from fvdrift.statistics.file import write_file
from fvdrift.statistics.variables import FileVariable, name_table

RUN = '[forcing]\nfiles = "flow.nc"\n[[release]]\npoint = [1, 2]\n[[statistic]]\nkind = "cloud"\n'


def summary(folder: Path, by_member: list[list[FileVariable]]) -> tuple[dict[str, np.ndarray], list[str]]:
    """What is written of members with such statistics, and what is said of it."""
    (folder / "run.toml").write_text(RUN)
    run_file = load_run_file(folder / "run.toml")
    tracks = [folder / f"tracks.member-{number:02d}.nc" for number in range(1, len(by_member) + 1)]
    for path, variables in zip(tracks, by_member, strict=True):
        write_file(statistics_path(path), variables, {})
        path.with_suffix(".run.json").write_text("{}")
    members = [
        Member(run_file, f"member {number:02d}", {"seed": number}) for number in range(1, len(by_member) + 1)
    ]
    path, notes = write_summary(run_file, members, tracks)
    with netCDF4.Dataset(path) as file:
        return {name: np.ma.filled(variable[...], np.nan) if variable.dtype.kind == "f" else variable[...]
                for name, variable in file.variables.items()}, notes  # fmt: skip


def of_sources(
    names: list[str], values: list[float], times: list[float], name: str = "c"
) -> list[FileVariable]:
    """A statistic by source, and one by source and time."""
    rows = np.array(values)[:, None] + np.array(times)
    return [
        name_table(f"{name}_source_name", f"{name}_source", names, "release"),
        FileVariable(f"{name}_time", (f"{name}_time",), np.array(times), {"bounds": f"{name}_time_bounds"}),
        FileVariable(
            f"{name}_time_bounds", (f"{name}_time", "two"), np.array(times)[:, None] + [-1.0, 0.0], {}
        ),
        FileVariable(f"{name}_share", (f"{name}_source",), np.array(values), {"long_name": "share"}),
        FileVariable(
            f"{name}_count", (f"{name}_source", f"{name}_time"), rows.astype(np.int64), {"long_name": "count"}
        ),
    ]


@pytest.mark.parametrize("name", ["c", "mesh_use"])
def test_sources_in_another_order_are_taken_by_name(tmp_path, name):
    found, notes = summary(tmp_path, [
        of_sources(["north", "south"], [10.0, 20.0], [0.0, 1.0], name),
        of_sources(["south", "north"], [20.0, 14.0], [0.0, 1.0], name),
    ])  # fmt: skip
    assert found[f"{name}_source_name"].tolist() == ["north", "south"]
    assert found[f"{name}_share_mean"].tolist() == [12.0, 20.0]
    assert found[f"{name}_share_sd"].tolist() == [pytest.approx(8**0.5), 0.0]
    assert found[f"{name}_share"].tolist() == [[10.0, 20.0], [14.0, 20.0]]
    assert found[f"{name}_count_max"].tolist() == [[14.0, 15.0], [20.0, 21.0]]
    assert "differ along" in notes[0]


def test_members_that_stop_at_other_times_and_lack_a_source_count_where_they_are(tmp_path):
    found, notes = summary(tmp_path, [
        of_sources(["a", "b"], [10.0, 20.0], [0.0, 1.0]),
        of_sources(["c", "a"], [50.0, 12.0], [0.0, 1.0, 2.0]),
        of_sources(["a"], [14.0], [0.0]),
    ])  # fmt: skip
    assert found["c_source_name"].tolist() == ["a", "b", "c"]
    assert found["c_time"].tolist() == [0.0, 1.0, 2.0]
    assert found["c_time_bounds"].tolist() == [[-1.0, 0.0], [0.0, 1.0], [1.0, 2.0]]
    np.testing.assert_array_equal(
        found["c_count_mean"], [[12.0, 12.0, 14.0], [20.0, 21.0, np.nan], [50.0, 51.0, 52.0]]
    )
    assert found["c_count_members"].tolist() == [[3, 2, 1], [1, 1, 0], [1, 1, 1]]
    assert found["c_share_members"].tolist() == [3, 1, 1]
    assert len(notes) == 1


def test_what_has_no_names_and_other_lengths_is_said_not_to_be_there(tmp_path):
    found, notes = summary(tmp_path, [
        [FileVariable("c_odd", ("c_cell",), np.arange(n, dtype=float), {}), FileVariable("c_one", (), np.array(float(n)), {})]
        for n in (2, 3)
    ])  # fmt: skip
    assert "c_odd_mean" not in found
    assert found["c_one_mean"] == 2.5
    assert notes == ["not summarised, as members have it in other shapes: c_odd"]


def test_of_one_name_the_first_goes_with_the_first():
    axes = axes_of([{"d": ["a", "a", "b"]}, {"d": ["b", "a", "a"]}])
    assert laid_out(np.array([1.0, 2.0, 3.0]), ("d",), 1, axes).tolist() == [2.0, 3.0, 1.0]
    backward = axes_of([{"t": [5.0, 4.0]}, {"t": [5.0, 4.0, 3.0]}])
    assert [label for label, _ in backward["t"].labels] == [5.0, 4.0, 3.0]


def test_times_that_vary_are_numbers_and_so_are_quantities_of_several_units():
    values, unit = as_numbers(["0 s", "1 h", "10 h"])
    assert (values.tolist(), unit) == ([0.0, 3600.0, 36000.0], "s")
    values, unit = as_numbers(["2024-05-01T13:00:00Z", "2024-05-01T14:30:00Z"])
    assert unit == "seconds since 1970-01-01"
    assert values.tolist() == [
        float(np.datetime64(t, "s").astype(int)) for t in ("2024-05-01T13:00:00", "2024-05-01T14:30:00")
    ]
    values, unit = as_numbers(["1 mm/s", "2 cm/s", 0.5])
    assert (values.tolist(), unit) == ([0.001, 0.02, 0.5], "m/s")
    assert as_numbers(["1 mm/s", "3 mm/s"])[1] == "mm/s"
    assert as_numbers(["1 m2/s", "viscofh"])[0].tolist() == ["1 m2/s", "viscofh"]
    assert as_numbers(["1 h", "2024-05-01T13:00:00Z"])[0].dtype.kind == "U"


def test_system_and_places_of_cells_are_not_averaged():
    """What says where cells lie is once in the file, whatever members differ in."""
    from fvdrift.postprocess.ensemble_summary import _describing
    from fvdrift.postprocess.member_files import Stored

    def stored(dimensions, **attributes):
        return Stored(dimensions, np.zeros((2,) * len(dimensions)), attributes)

    grid = ("density_y", "density_x")
    found = _describing(
        {
            "crs": stored((), crs_wkt="PROJCRS[...]"),
            "density_y": stored(("density_y",), standard_name="projection_y_coordinate"),
            "density_x": stored(("density_x",), standard_name="projection_x_coordinate"),
            "density_lon": stored(grid, standard_name="longitude"),
            "density_count": stored(grid, grid_mapping="crs"),
            "shore_segment_lon": stored(("shore_segment",), standard_name="longitude"),
        }
    )
    assert found == {"crs", "density_lon"}
