"""What a run will take: memory of a rank, space on the disk, time. From sizes and a few measured constants."""

from dataclasses import dataclass

from .mesh import WholeMesh
from .preparation import Preparation
from .timetable import RECORD_BYTES

# measured on one core of a 2024 server (scripts/benchmark_kernel.py, scripts/benchmark_run.py)
STEP_NS = 40.0  # of CPU per particle-step, RK4, large mesh
READ_BYTES_PER_S = 100e6  # of deflated FVCOM output, by one core
WRITE_BYTES_PER_S = 50e6  # of tracks, compressed at the end
STARTUP_S = 4.0
INTERPRETER_BYTES = 250 << 20  # of Python and its compiled packages
ELEMENT_BYTES = 64 + 40 + 12 + 4  # of a piece: geometry, stencil, corners, wet codes
WHOLE_ELEMENT_BYTES = 400  # of the manager: the same and what pieces are cut from
PARTICLE_BYTES = 200  # of a worker: record, copy while sorting, records of an interval
COMPRESSED = 0.6  # of the part file


@dataclass(frozen=True)
class Estimate:
    """Bytes and seconds."""

    particle_steps: int
    frame_bytes: int
    manager_bytes: int
    worker_bytes: int
    part_bytes: int
    final_bytes: int
    seconds: float
    limited_by: str


def frame_bytes(prepared: Preparation, mesh: WholeMesh) -> int:
    """One frame of the variables that are read, as the manager holds it."""
    layers = max(prepared.series.layers, 1)
    total = 0
    for name in prepared.supply.names:
        on_elements = name in ("u", "v", "ua", "va", "ww", "wet")
        rows = layers if name in ("u", "v", "ww", "temp", "salinity") else layers + 1 if name in ("omega", "kh", "km") else 1
        total += 4 * rows * (mesh.elements if on_elements else mesh.nodes)
    return total


def particle_steps(prepared: Preparation) -> int:
    """Steps of all particles, if none stops before the end."""
    grid, events = prepared.grid, prepared.releases.events
    left = (grid.end - events["time_us"]) // grid.step
    return int((left * events["count"]).sum())


def estimate(prepared: Preparation, ranks: int) -> Estimate:
    """A run on `ranks` ranks, one worker each."""
    mesh, total, rows = prepared.mesh, prepared.releases.total, len(prepared.outputs)
    frame = frame_bytes(prepared, mesh)
    share = 1.0 / ranks
    overlap = 1.0 if ranks == 1 else 1.0 + 4.0 * (ranks / mesh.elements) ** 0.5  # the rim of a compact part
    records = min(total * 100, RECORD_BYTES)
    piece = share * overlap * (3 * frame + mesh.elements * ELEMENT_BYTES)
    worker = INTERPRETER_BYTES + piece + share * (total * PARTICLE_BYTES + records)
    row_bytes = total * (4 * 8 + 2 * 8 * (prepared.coordinates.to_lonlat is not None) + 2 + 4 * len(prepared.variables))
    manager = INTERPRETER_BYTES + 4 * frame + mesh.elements * WHOLE_ELEMENT_BYTES + 3 * row_bytes + 2 * records
    part = rows * row_bytes
    steps = particle_steps(prepared)
    parts = {
        "moving particles": steps * STEP_NS * 1e-9 * share,
        "reading": len(prepared.frames) * frame / READ_BYTES_PER_S,
    }
    limited_by = max(parts, key=parts.__getitem__)
    seconds = STARTUP_S + parts[limited_by] + part / WRITE_BYTES_PER_S
    return Estimate(
        particle_steps=steps,
        frame_bytes=frame,
        manager_bytes=int(manager + piece + share * total * PARTICLE_BYTES),
        worker_bytes=int(worker),
        part_bytes=part,
        final_bytes=int(part * COMPRESSED),
        seconds=seconds,
        limited_by=limited_by,
    )
