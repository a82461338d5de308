"""The sizes of a prepared run, as the model of its time and memory takes them: reads no field. The model itself is
`run_time`."""

from collections.abc import Sequence

from fvdrift.behaviour import BEHAVIOUR_NS
from fvdrift.errors import ForcingError, RunFileError
from fvdrift.orders import WorkOrder
from fvdrift.output import check_room, check_split_folder, size
from fvdrift.process import physical_memory
from fvdrift.release import ReleasePlan
from fvdrift.settings import Parallel
from fvdrift.statistics import AmountInCells
from fvdrift.timeline import StepGrid

from .costs import PLAIN_STEP_NS, STEP_NS
from .forcing_by import forcing_by
from .prepare import Preparation
from .run_sizes import DEDICATED_FROM, Ranks, Sizes, ranks_of
from .run_time import Prediction, predict
from .shared import SharedForcing

PACKED = 0.7  # bytes of a deflated frame over those in memory, where it is not known


def field_bytes(shared: SharedForcing) -> list[int]:
    """Each field of a frame of the variables that are read, as it lies in memory."""
    layers, mesh = max(shared.series.layers, 1), shared.mesh
    rows = {"layer": layers, "level": layers + 1, "none": 1}
    found = []
    for name in shared.supply.names:
        known = shared.series.variables.get(name)  # not wet, h and a surface that there is none of: one row
        on_elements = name == "wet" if known is None else known.location == "element"
        found.append(
            4
            * rows["none" if known is None else known.vertical]
            * (mesh.elements if on_elements else mesh.nodes)
        )
    return found


def stored_bytes(shared: SharedForcing) -> int | None:
    """What all of it takes in the files, of the first frame; None where only the library can read that."""
    try:
        located = shared.series.locate(shared.timeline.frames.start, shared.supply.names)
    except ForcingError:  # that the run will meet, and say more of
        return None
    if located is None:
        return None
    return sum(piece.nbytes for record in located.records.values() for piece in record.pieces)


def particle_steps(grid: StepGrid, releases: ReleasePlan) -> int:
    """Steps of all particles, if none stops before the end."""
    left = (grid.end - releases.events["time_us"]) // grid.step
    return int((left * releases.events["count"]).sum())


def sizes(members: Sequence[Preparation]) -> Sizes:
    """Of a run, or of all members of an ensemble together."""
    first, shared = members[0], SharedForcing(members)
    costs = STEP_NS | BEHAVIOUR_NS
    intervals = len(first.timeline.intervals)
    steps = [particle_steps(member.timeline.grid, member.releases) for member in members]
    total, fields, stored = sum(steps), field_bytes(shared), stored_bytes(shared)
    packed = first.series.packed
    tracks = [member.stripes for member in members if member.order.tracks]
    step_ns = [PLAIN_STEP_NS + sum(costs[name] for name in options(member.order)) for member in members]
    return Sizes(
        elements=first.mesh.elements,
        frames=len(first.timeline.frames),
        frame_bytes=sum(fields),
        largest=max(fields) / sum(fields),
        stored=(PACKED if packed else 1.0) if stored is None else stored / sum(fields),
        located=stored is not None,
        window=4 if first.order.cubic else 2,
        packed=packed,
        particles=sum(member.releases.total for member in members),
        particle_steps=total,
        intervals=intervals,
        steps=first.timeline.grid.steps / intervals,
        rows=len(first.timeline.rows),
        row_bytes=first.row_bytes if first.order.tracks else 0,
        files=sum(of_member.files for of_member in tracks),
        stripes=sum(len(of_member) for of_member in tracks if len(of_member) > 1),
        looks=sum(map(_looks, members)),
        checkpoints=_checkpoints(first),
        step_ns=sum(ns * own for ns, own in zip(step_ns, steps, strict=True)) / total
        if total
        else step_ns[0],
    )


def _looks(member: Preparation) -> int:
    """Records that its statistics look at, of all, and elements whose water they look at, layer by layer."""
    questions = () if member.statistics is None else member.statistics.order.questions
    of_water = (
        each.looks.number_of * each.layers.count for each in questions if isinstance(each, AmountInCells)
    )
    records = member.releases.total * sum(question.looks.number_of for question in questions)
    return records + member.mesh.elements * sum(of_water)


def _checkpoints(member: Preparation) -> int:
    """That it writes, if no signal comes."""
    wish, grid = member.run_file.checkpoint, member.timeline.grid
    at_times = 0 if wish.every is None else (grid.end - grid.start - 1) // wish.every
    return int(at_times + wish.at_end)


def check_memory(run_file: str, of: Sizes, needed: Prediction) -> None:
    """Refuse a run for which the machine of rank 0 has not the memory. Raises RunFileError."""
    there, first = physical_memory(), needed.first_bytes + needed.node_bytes
    if first > there:
        raise RunFileError(
            f"{run_file}: rank 0 alone needs about {size(first)} of memory for {of.particles:,} particles and "
            f"{of.elements:,} elements, and its machine has {size(there)}: release fewer (release.count), or read fewer variables"
        )


def check_size(members: Sequence[Preparation], ranks: int) -> None:
    """Refuse what is too large for the disk or the memory, before any of it is used. Raises OutputError,
    RunFileError."""
    run_file, of = members[0].run_file, sizes(members)
    needed = predict(of, shared_out(run_file.parallel, ranks, of))
    check_split_folders(members)
    check_room(run_file.resolve(run_file.output.file), needed.part_bytes, needed.final_bytes)
    check_memory(run_file.path.name, of, needed)


def check_split_folders(members: Sequence[Preparation]) -> None:
    """Raises OutputError where tracks will be several files, and the folder for them cannot be made."""
    for member in members:
        if member.order.tracks and member.stripes.files > 1:
            check_split_folder(member.run_file.resolve(member.run_file.output.file))


def dedicated_from(wish: Parallel) -> int:
    """Ranks from which rank 0 only manages."""
    return {"auto": DEDICATED_FROM, "shared": 1 << 62, "dedicated": 2}[wish.manager]


def shared_out(
    wish: Parallel,
    ranks: int,
    of: Sizes,
    *,
    per_node: int | None = None,
    cores: int | None = None,
    staged: bool = True,
) -> Ranks:
    """How a run of these sizes on so many ranks is shared out. per_node: ranks on a node, all if unset; cores: of all
    nodes, one for every thread that moves particles if unset; staged: whether nodes have Python on a disk of their
    own."""
    readers = 1 if wish.readers == "auto" else int(wish.readers)
    found = ranks_of(
        ranks,
        dedicated_from=dedicated_from(wish),
        threads=wish.threads,
        cores=cores,
        readers=readers,
        per_node=per_node,
    )._replace(staged=staged)
    return found._replace(forcing=forcing_by(of, found, wish.forcing))


def options(order: WorkOrder) -> list[str]:
    """The names in STEP_NS and BEHAVIOUR_NS of all that a particle does beside a plain step."""
    walk = order.walk
    found = {"cubic in time": order.cubic, "Stokes drift": order.stokes is not None}
    if walk is not None:
        found |= {f"horizontal walk, {_by(walk.horizontal)}": walk.horizontal is not None}
        found |= {f"vertical walk, {_by(walk.vertical)}": walk.vertical is not None}
    parts = () if order.behaviour is None else order.behaviour.parts
    return [*(name for name, wanted in found.items() if wanted), *(part.cost() for part in parts)]


def _by(diffusivity: str | float | None) -> str:
    return diffusivity if isinstance(diffusivity, str) else "constant"
