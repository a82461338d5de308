"""Frames that the ranks of each node read for themselves carry particles to the bytes of those that rank 0 sends:
on one node and two, run, stopped, killed, and where a node cannot read them."""

from pathlib import Path
from typing import Any, NamedTuple

import netCDF4
import numpy as np
import pytest

from .cases import EVERYWHERE, FORCING, OPEN
from .flows import WIDTH, channel, gyres
from .test_forcing_trouble import ends
from .workshop import Tree, digest, needs_mpiexec, record, solve, start, write_run

pytestmark = needs_mpiexec
BROKEN = Path(__file__).with_name("broken.py")
TROUBLE = Path(__file__).with_name("cut_forcing.py")
NODES, MANAGER = "parallel.forcing=nodes", "parallel.forcing=manager"
# MPICH then takes even and odd ranks for those of two machines
TWO_NODES = {"MPIR_CVAR_ODD_EVEN_CLIQUES": "1"}
SECONDS = 120.0


def case(**more: object) -> Tree:
    """Particles that walk, sink and sample, so that fields of all kinds are read."""
    return {
        "forcing": {**FORCING, "projection": "EPSG:32630"}, "time": {"duration": "3h", "step": "10min"},
        "boundary": {**OPEN, "bottom": "deposit"}, "diffusion": {"vertical": "kh", "horizontal": "1 m2/s"},
        "behaviour": {"settling": "2 mm/s"}, "release": [{"count": 60, "every": "1h", "box": EVERYWHERE}],
        "output": {"every": "30min", "variables": ["temp", "u"], "file": "tracks.nc"}, "checkpoint": {"every": "1h"},
        "statistic": [{"kind": "exposure"}], **more,
    }  # fmt: skip


KINDS = {
    "walking": case(),
    "backward": case(
        time={"duration": "3h", "step": "10min", "direction": "backward"}, diffusion={}, boundary=OPEN
    ),
    "depth mean": case(advection={"dimension": "2d"}, diffusion={}, behaviour={}, boundary=OPEN),
    "at the surface": case(advection={"dimension": "surface"}, diffusion={}, behaviour={}, boundary=OPEN),
}


class Given(NamedTuple):
    """A run file, and what one process made of it."""

    run_file: Path
    digest: str

    def on_ranks(self, ranks: int, *keys: str, output: str, **environment: str) -> Path:
        """Its tracks from some ranks, which are the same."""
        given = [word for key in (*keys, f"output.file={output}") for word in ("--set", key)]
        done = start("run", self.run_file, "--quiet", *given, ranks=ranks, timeout=SECONDS, **environment)
        assert done.returncode == 0, done.stderr
        tracks = self.run_file.with_name(output)
        assert digest(tracks) == self.digest
        return tracks


def given_of(folder: Path, tree: Tree) -> Given:
    run_file = write_run(folder, tree)
    return Given(run_file, digest(solve(run_file, output="whole.nc")))


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Given:
    return given_of(tmp_path_factory.mktemp("nodes"), KINDS["walking"])


def frames(tracks: Path) -> dict[str, int]:
    """Bytes of frames, by link."""
    return record(tracks)["bytes"]["frames"]


def said(tracks: Path) -> str:
    return "\n".join(record(tracks)["notes"])


def test_two_nodes_have_a_segment_each(given: Given) -> None:
    tracks = given.on_ranks(4, NODES, output="two.nc", **TWO_NODES)
    by_rank_0 = given.on_ranks(4, MANAGER, output="by_rank_0.nc")
    assert sum(frames(tracks).values()) < 0.01 * frames(by_rank_0)["manager"]
    assert "by the ranks of each node" in said(tracks)


@pytest.mark.parametrize(
    "kind",
    [
        kind if kind == "backward" else pytest.param(kind, marks=pytest.mark.validation)
        for kind in KINDS
        if kind != "walking"
    ],
)
def test_kinds_of_runs(kind: str, tmp_path: Path) -> None:
    tracks = given_of(tmp_path, KINDS[kind]).on_ranks(2, NODES, "parallel.manager=shared", output="nodes.nc")
    assert "by the ranks of each node" in said(tracks)


@pytest.mark.validation
def test_a_rank_0_that_moves_no_particles_reads_too(given: Given) -> None:
    given.on_ranks(3, NODES, "parallel.manager=dedicated", output="dedicated.nc")


@pytest.mark.validation
@pytest.mark.parametrize("ranks", [1, 2, 3, 7, 16])
def test_any_ranks(ranks: int, given: Given) -> None:
    given.on_ranks(ranks, NODES, output=f"nodes{ranks}.nc")
    given.on_ranks(ranks, NODES, output=f"nodes{ranks}_of_two.nc", **TWO_NODES)


def broken(fault: str, rank: int, given: Given, output: str, *keys: str, **environment: str) -> Any:
    words = [word for key in (*keys, f"output.file={output}") for word in ("--set", key)]
    return start(
        fault, rank, "run", given.run_file, "--quiet", *words, program=[BROKEN], ranks=3, timeout=SECONDS, **environment
    )  # fmt: skip


WHY = {"no files": "elsewhere: flow.nc", "no room": "frames do not lie in shared memory: "}


@pytest.mark.parametrize("fault", [pytest.param("no files", marks=pytest.mark.validation), "no room"])
def test_a_node_that_cannot_has_all_frames_from_rank_0(fault: str, given: Given) -> None:
    output = f"{fault}.nc"
    done = broken(fault, 1, given, output, NODES, **TWO_NODES)
    assert done.returncode == 0, done.stderr
    tracks = given.run_file.with_name(output)
    assert digest(tracks) == given.digest
    assert frames(tracks)["manager"] > 100_000
    assert f"its part ({WHY[fault]}" in said(tracks)


@pytest.fixture
def flow(tmp_path: Path) -> Path:
    """A run of eight hours."""
    forcing = channel(tmp_path / "flow.nc", gyres(0.3), elements=200, frames=9)
    return write_run(tmp_path, {
        "forcing": {"files": [forcing.name]}, "time": {"step": "10min"},
        "release": [{"count": 100, "box": [0.0, 0.0, 10_000.0, WIDTH]}], "output": {"file": "tracks.nc", "every": "1h"},
        "checkpoint": {"every": "1h"},
    })  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "rank"),
    [
        pytest.param("SIGKILL@reading a share", 0, marks=pytest.mark.validation),
        ("SIGTERM@reading a share", 1),
    ],
)
def test_what_is_stopped_goes_on_the_other_way(fault: str, rank: int, flow: Path) -> None:
    """The signal comes behind a checkpoint, when a place has come free for the seventh frame."""
    given, output = Given(flow, digest(solve(flow, output="whole.nc"))), "tracks.nc"
    done = broken(fault, rank, given, output, NODES)
    assert done.returncode != 0
    if "TERM" in fault:
        assert done.returncode == 75, done.stderr
    tracks = given.run_file.with_name(output)
    words = [word for key in (MANAGER, f"output.file={output}") for word in ("--set", key)]
    done = start("run", given.run_file, "--resume", "--quiet", *words, ranks=2, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    assert digest(tracks) == given.digest


def test_a_value_that_is_none_in_water(flow: Path) -> None:
    with netCDF4.Dataset(flow.parent / "flow.nc", "a") as data:
        data["u"][6, 2, 99] = np.nan
    done = start("run", flow, "--quiet", "--set", NODES, ranks=3, timeout=SECONDS)
    sentence = "flow.nc: u: has no value (NaN or fill) in water in element 100, layer 3, at 2020-05-01T06:"
    ends(done, flow.parent, sentence)


@pytest.mark.validation  # quickly by rank 0 alone, in test_forcing_trouble
def test_a_file_that_is_cut_short(flow: Path) -> None:
    forcing = flow.parent / "flow.nc"
    done = start(forcing, "run", flow, "--quiet", "--set", NODES, program=[TROUBLE], ranks=3, timeout=SECONDS)
    ends(done, flow.parent, "the file was cut short, from")


def test_a_frame_that_only_the_library_can_read_is_sent_by_rank_0(flow: Path) -> None:
    """The second of two files is of the classic format."""
    folder = flow.parent
    for name, hours in (("a.nc", slice(0, 5)), ("b.nc", slice(5, 9))):
        copied(
            folder / "flow.nc", folder / name, hours, "NETCDF4" if name == "a.nc" else "NETCDF3_64BIT_OFFSET"
        )
    files = 'forcing.files=["a.nc", "b.nc"]'
    given = Given(flow, digest(solve(flow, files, output="whole.nc")))
    tracks = given.on_ranks(2, NODES, files, output="mixed.nc")
    assert "by the ranks of each node" in said(tracks)
    assert frames(tracks)["manager"] > 10_000


def copied(source: Path, to: Path, records: slice, form: Any) -> None:
    with netCDF4.Dataset(source) as old, netCDF4.Dataset(to, "w", format=form) as new:
        new.setncatts({name: old.getncattr(name) for name in old.ncattrs()})
        for name, dimension in old.dimensions.items():
            new.createDimension(name, None if dimension.isunlimited() else len(dimension))
        for name, variable in old.variables.items():
            made = new.createVariable(name, variable.dtype, variable.dimensions)
            made.setncatts(
                {key: variable.getncattr(key) for key in variable.ncattrs() if key != "_FillValue"}
            )
            variable.set_auto_mask(False)
            made[:] = variable[records] if variable.dimensions[:1] == ("time",) else variable[:]
