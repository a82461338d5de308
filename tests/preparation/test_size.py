"""The sizes a prepared run hands to the model of its time, and what `fvdrift plan` prints of it."""

from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pytest

from benchmark_options import OPTIONS
from fvdrift.behaviour import BEHAVIOUR_NS
from fvdrift.commands import plan
from fvdrift.output import size as bytes_size
from fvdrift.preparation.costs import COSTS, PLAIN_STEP_NS, STEP_NS
from fvdrift.preparation.prepare import prepare_run
from fvdrift.preparation.run_bytes import bytes_by_kind
from fvdrift.preparation.run_sizes import AHEAD, Sizes, ranks_of
from fvdrift.preparation.run_time import predict
from fvdrift.preparation.size import options, sizes
from fvdrift.preparation.summary import start_summary
from fvdrift.settings.load import run_file_from
from generate_forcing import Flow, even_levels, rectangle, write_forcing

HOUR = 3_600_000_000
START = int(np.datetime64("2020-05-01T00:00:00", "us").astype(np.int64))
MESH = rectangle(4000.0, 2000.0, elements=60, seed=4)
ELEMENTS, NODES, LAYERS = len(MESH.triangles), len(MESH.x), 4


def still(x, y, s, t):
    return 0.0 * x * s


def run_file(folder: Path, deflate: int = 0, **tables: Any):
    write_forcing(
        folder / "flow.nc", x=MESH.x, y=MESH.y, triangles=MESH.triangles, h=20.0, siglev=even_levels(LAYERS),
        times_us=START + HOUR * np.arange(5), flow=Flow(u=still, v=still, omega=still, kh=still), deflate=deflate,
    )  # fmt: skip
    linear = {"files": "flow.nc", "time_interpolation": "linear"}
    tree = {"forcing": linear, "release": [{"point": [2000.0, 1000.0], "count": 100}], **tables}
    return run_file_from(tree, folder / "run.toml")


def sizes_of(folder: Path, **given: Any) -> Sizes:
    return sizes([prepare_run(run_file(folder, **given))])


def test_a_frame_holds_what_is_read_in_single_precision(tmp_path: Path) -> None:
    on_elements, on_nodes = 2 * LAYERS + 1, LAYERS + 1 + 1  # u, v, wet; omega, zeta
    assert sizes_of(tmp_path).frame_bytes == 4 * (on_elements * ELEMENTS + on_nodes * NODES)


def test_the_largest_field_is_a_share_of_a_frame(tmp_path: Path) -> None:
    it = sizes_of(tmp_path)
    assert it.largest * it.frame_bytes == pytest.approx(4 * LAYERS * ELEMENTS)  # u


def test_steps_count_from_the_release_of_each_particle(tmp_path: Path) -> None:
    it = sizes_of(tmp_path, release=[{"point": [2000.0, 1000.0], "count": 100, "start": "1h"}])
    assert (it.particles, it.particle_steps) == (100, 100 * 3 * 60)
    assert (it.frames, it.intervals, it.steps, it.rows, it.window) == (5, 4, 60, 5, 2)


@pytest.mark.parametrize("deflate", [0, 4])
def test_deflated_files_are_known_by_their_velocity(tmp_path: Path, deflate: int) -> None:
    it = sizes_of(tmp_path, deflate=deflate)
    assert it.packed == bool(deflate)
    # all of this flow is 0, and so hardly anything; what is wet is not in the files, but worked out with h, which is
    plain = it.frame_bytes - 4 * it.elements + 4 * NODES
    assert it.stored < 0.1 if deflate else it.stored == plain / it.frame_bytes


def test_a_classic_file_is_for_the_library_alone(tmp_path: Path) -> None:
    given = run_file(tmp_path)
    assert sizes([prepare_run(given)]).located
    whole, classic = tmp_path / "flow.nc", tmp_path / "classic.nc"
    with netCDF4.Dataset(whole) as old, netCDF4.Dataset(classic, "w", format="NETCDF3_64BIT_OFFSET") as new:
        for name, dimension in old.dimensions.items():
            new.createDimension(name, None if dimension.isunlimited() else len(dimension))
        for name, variable in old.variables.items():
            new.createVariable(name, variable.dtype, variable.dimensions).setncatts(vars(variable))
            new[name][...] = variable[...]
        new.setncatts(vars(old))
    tree = {"forcing": {"files": "classic.nc"}, "release": [{"point": [2000.0, 1000.0]}]}
    assert not sizes([prepare_run(run_file_from(tree, tmp_path / "run.toml"))]).located


def test_options_are_found_by_the_names_they_are_measured_under(tmp_path: Path) -> None:
    it = prepare_run(
        run_file(
            tmp_path, diffusion={"vertical": "kh", "horizontal": "1 m2/s"}, behaviour={"settling": "1 mm/s"}
        )
    )
    assert set(options(it.order)) == {"vertical walk, kh", "horizontal walk, constant", "settling, constant"}
    assert sizes([it]).step_ns == PLAIN_STEP_NS + sum(
        (STEP_NS | BEHAVIOUR_NS)[name] for name in options(it.order)
    )


def test_every_option_that_is_measured_has_its_cost() -> None:
    without = {"plain", "surface", "forcing.time_interpolation = linear"}  # what others are told beside
    assert {*STEP_NS, *BEHAVIOUR_NS} == (set(OPTIONS) - without) | {"cubic in time"}


def test_plan_says_what_limits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = run_file(tmp_path)
    assert plan.main(given, 2) == 0
    said = capsys.readouterr().out
    needed = predict(sizes([prepare_run(given)]), ranks_of(2, dedicated_from=16))
    assert needed.limited_by == "starting, by every rank"
    assert "limited by starting, by every rank (starting 0:02, " in said
    first, other = (f"{size / 1e6:.3g} MB" for size in (needed.first_bytes, needed.other_bytes))
    assert f"Memory: rank 0 about {first}, every other rank about {other}\n" in said
    assert "It would be little faster on more than 1 rank(s)" in said
    assert "file system" not in said  # any disk takes so little


def test_plan_says_what_the_file_system_is_to_take(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = run_file(tmp_path, release=[{"point": [2000.0, 1000.0], "count": 5_000_000}])
    assert plan.main(given, 64) == 0
    needed = predict(sizes([prepare_run(given)]), ranks_of(64, dedicated_from=16))
    said = capsys.readouterr().out
    assert f"The time counts on a file system that takes {bytes_size(needed.disk_rate)} a second\n" in said


def test_plan_says_who_reads_and_what_the_time_counts_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = run_file(tmp_path, parallel={"forcing": "nodes"})
    it = sizes([prepare_run(given)])
    assert plan.main(given, 48, 16) == 0
    said = capsys.readouterr().out
    frame = bytes_size(it.frame_bytes)
    assert (
        f"Forcing: read by the ranks of each node, one copy of a frame on each, {2 + AHEAD} x {frame}\n"
        in said
    )
    of_node = bytes_size((2 + AHEAD * (2 + it.stored)) * it.frame_bytes)
    assert f", each node {of_node} beside for frames\n" in said
    assert "Assumed: 1 GB a second from a rank to another, 50 us a message; " in said
    assert f"{bytes_size(COSTS.node_bytes_per_s)} for each of 3 nodes\n" in said
    assert f" of it: {48 * COSTS.calls / 1e6:.1f} million calls to a file system that nodes share" in said
    moved = bytes_by_kind(it, ranks_of(48, dedicated_from=16, per_node=16)._replace(forcing="nodes"))
    assert (
        f"From rank to rank: {bytes_size(sum(moved.values()))} (tallies {bytes_size(moved['tallies'])}, "
        in said
    )
    assert plan.main(given, 1) == 0
    alone = capsys.readouterr().out
    assert "Forcing: " not in alone
    assert "Assumed" not in alone
    assert "From rank to rank" not in alone


@pytest.mark.parametrize(
    ("output", "said"),
    [({}, []), ({"split": "5 MB"}, ["2 files of up to 4.46 MB"]), ({"split": "5 MB", "tracks": False}, [])],
)
def test_of_how_many_files_tracks_will_be_is_said_before_they_are_made(
    output: dict[str, Any], said: list[str], tmp_path: Path
) -> None:
    many = {"release": [{"point": [2000.0, 1000.0], "count": 40_000}], "statistic": [{"kind": "exposure"}]}
    prepared = prepare_run(run_file(tmp_path, output=output, **many))
    lines = [line for line in start_summary(prepared, 1, 1, None) if "output.split" in line]
    assert len(lines) == len(said)
    assert all(part in line for part, line in zip(said, lines, strict=True))
