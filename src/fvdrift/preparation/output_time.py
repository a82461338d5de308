"""What a run takes for what it writes: rows, by rank 0 or dealt to owners of stripes, checkpoints, statistics.
A part of the model of `run_time`.

Rows that rank 0 writes are put in order by it; threads of it write and pack them beside the run. Dealt rows go
to the owner of their stripe, which packs them on the core that moves its particles; one rank for each file
puts packed chunks in their places. The last band is packed, and put in its place, after the last step.
"""

from typing import NamedTuple

from fvdrift.output import last_band

from .costs import COSTS, Costs
from .run_sizes import Ranks, Sizes, steps_of_a_tree


class OutputTime(NamedTuple):
    """Seconds. parts: in the loop, of all ranks; beside: of threads beside it; rank_0: of its cores, beside; disk: of
    the file system, beside; last: after it; cpu: of the cores of all ranks. disk_bytes: of rows, to the file system;
    checkpoint_rate: bytes a second, 0.0 where there is none."""

    parts: dict[str, float]
    beside: dict[str, float]
    rank_0: float
    disk: float
    last: float
    cpu: dict[str, float]
    disk_bytes: float
    checkpoint_rate: float


def output_time(sizes: Sizes, on: Ranks, moving_s: float, costs: Costs = COSTS) -> OutputTime:
    """moving_s: that rank 0 has for rows, where it moves no particles."""
    hands = min(on.workers, on.cores)
    rows = _dealt(sizes, on, costs) if deals(sizes, on) else _by_rank_0(sizes, on, moving_s, costs)
    rate = min(on.ranks * costs.row_bytes_per_s, costs.disk_bytes_per_s) if sizes.checkpoints else 0.0
    told = 2 * steps_of_a_tree(on.ranks) * costs.round_s
    keeping = sizes.particles * costs.kept_bytes / rate + told if rate else 0.0
    looking = 1e-9 * sizes.looks * costs.look_ns
    parts = {"looking for statistics": looking / hands, "writing checkpoints": sizes.checkpoints * keeping}
    cpu = rows.cpu | {"looking for statistics": looking}
    return rows._replace(parts=rows.parts | parts, cpu=cpu, checkpoint_rate=rate)


def deals(sizes: Sizes, on: Ranks) -> bool:
    """Whether rows are dealt to owners."""
    return bool(sizes.stripes and sizes.row_bytes and on.ranks > 1)


def _by_rank_0(sizes: Sizes, on: Ranks, moving_s: float, costs: Costs) -> OutputTime:
    records, hands = sizes.particles * sizes.rows, min(on.workers, on.cores)
    away = 1.0 - 1.0 / on.workers if on.shared else 1.0
    # while others move; where rank 0 moves particles too, those wait for it
    gathered = 1e-9 * records * costs.gather_ns if sizes.row_bytes else 0.0
    gathering = gathered if on.shared else max(gathered - moving_s, 0.0)
    sending = 1e-9 * records * away * sizes.row_bytes * costs.send_ns
    rows_bytes, last = float(records * sizes.row_bytes), _last(sizes)
    packing = rows_bytes / costs.final_bytes_per_s
    files, recording = sizes.files * costs.file_s if rows_bytes else 0.0, 1e-9 * records * costs.record_ns
    return OutputTime(
        {"recording": recording / hands + sending + gathering},
        {"writing rows": rows_bytes / costs.row_bytes_per_s, "packing rows": packing * (1 - last)},
        rank_0=packing * (1 - last),
        disk=rows_bytes / costs.disk_bytes_per_s * (2 - last),
        last=packing * last + files,
        cpu={"recording": recording + gathered + 2 * sending, "packing rows": packing + files},
        disk_bytes=2 * rows_bytes,
        checkpoint_rate=0.0,
    )


def _dealt(sizes: Sizes, on: Ranks, costs: Costs) -> OutputTime:
    """An owner of most stripes, and a writer of most files, keep the others waiting."""
    records, hands = sizes.particles * sizes.rows, min(on.workers, on.cores)
    rows_bytes, last = float(records * sizes.row_bytes), _last(sizes)
    away = 1.0 - 1.0 / on.owners
    recording = 1e-9 * records * (
        costs.record_ns + costs.deal_ns + away * sizes.row_bytes * costs.send_ns
    )  # fmt: skip
    busiest = rows_bytes / sizes.stripes * -(-sizes.stripes // min(on.owners, on.cores))
    packing = busiest / costs.final_bytes_per_s
    of_files = -(-sizes.files // min(on.owners, on.cores))
    all_put = 1e-9 * rows_bytes * (costs.put_ns + away * costs.take_ns)
    putting = all_put / sizes.files * of_files
    disk = rows_bytes / costs.disk_bytes_per_s  # once as rows, and once packed, all but as many
    return OutputTime(
        {
            "recording": recording / hands,
            "packing rows": packing * (1 - last),
        },
        {
            "writing rows": busiest / costs.row_bytes_per_s,
            "putting rows into files": putting * (1 - last),
        },
        rank_0=0.0,
        disk=disk * (2 - last),
        last=max(packing * last, putting * last, disk * last) + of_files * costs.file_s,
        cpu={
            "recording": recording,
            "packing rows": rows_bytes / costs.final_bytes_per_s,
            "putting rows into files": all_put + sizes.files * costs.file_s,
        },
        disk_bytes=2 * rows_bytes,
        checkpoint_rate=0.0,
    )


def _last(sizes: Sizes) -> float:
    """Share of the rows that are packed after the last step."""
    return last_band(sizes.rows) / max(sizes.rows, 1)
