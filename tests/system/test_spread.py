"""A bay that gets shallower is flushed by its volume over its flow, if it is filled evenly by its water."""

import numpy as np
import pytest

from generate_forcing import Flow

from .flows import LENGTH, WIDTH, channel
from .workshop import columns, record, solve, start, write_run

FLOW = 4.0  # m2/s: through a metre of the channel's width
MEAN_DEPTH = 12.0  # from 20 m at one end to 4 m at the other


@pytest.fixture(scope="module")
def run_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bay")

    def depth(x, y=0.0):
        return 20.0 * (1 - 0.8 * x / LENGTH) + 0 * y

    flow = Flow(
        u=lambda x, y, s, t: FLOW / depth(x) + 0 * s,
        v=lambda x, y, s, t: 0 * x,
        omega=lambda x, y, s, t: 0 * x * s,
    )
    forcing = channel(folder / "bay.nc", flow, elements=800, frames=11, layers=2, h=depth)
    return write_run(folder, {
        "forcing": {"files": [str(forcing)]}, "time": {"step": "2min"}, "boundary": {"open": str(folder / "bay_obc.dat")},
        "release": [{"name": "bay", "count": 3000, "box": [0.0, 0.0, LENGTH, WIDTH], "spread": "area"}],
        "statistic": [{"kind": "flushing"}], "output": {"every": "30min", "file": "bay_out.nc"},
    })  # fmt: skip


def times(run_file, *overrides):
    tracks = solve(run_file, *overrides, output=f"bay{len(overrides)}.nc")
    found = columns(tracks.with_name(tracks.stem + ".stats.nc"))
    return (
        found["flushing_mean_residence_time"].item(),
        found["flushing_e_folding_time"].item(),
        record(tracks)["notes"],
    )


def test_a_bay_is_flushed_by_its_volume_over_its_flow(run_file):
    """Water of volume V goes through like a plug: V / 2 Q in the mean, (1 - 1/e) V / Q to 1/e. Four standard
    errors."""
    whole = MEAN_DEPTH * LENGTH / FLOW
    error = 4 * whole / np.sqrt(12 * 3000) + 120
    mean, folding, notes = times(run_file, "release.0.spread=volume")
    assert abs(mean - whole / 2) < error
    assert abs(folding - (1 - np.exp(-1)) * whole) < 2 * error
    assert "releases even by volume of still water: bay" in notes
    by_area, _, notes = times(run_file)
    assert abs(by_area - 14 / 3 * LENGTH / FLOW) < error
    assert whole / 2 - by_area > 3 * error
    assert "releases even by area: bay" in notes


def test_volume_where_particles_are_held_is_refused(run_file):
    done = start("run", run_file, "--set", "release.0.spread=volume", "--set", "advection.dimension=surface")
    assert done.returncode == 2
    assert (
        'release.0.spread: "volume" fills the whole column, but advection.dimension holds particles at'
        in done.stderr
    )
