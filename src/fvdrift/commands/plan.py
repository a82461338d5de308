"""`fvdrift plan`: check a run file, its forcing and its releases, and say what the run will take. Moves
nothing."""

from collections.abc import Iterator, Sequence

from fvdrift.jobs import LARGEST_NODE
from fvdrift.output import check_room, free_bytes
from fvdrift.output import size as bytes_size
from fvdrift.preparation import (
    COSTS,
    Prediction,
    Preparation,
    Ranks,
    SharedForcing,
    bytes_by_kind,
    cannot_read,
    check_memory,
    check_split_folders,
    forcing_said,
    members_of,
    predict,
    prepare_all,
    seeds_said,
    shared_calls,
    shared_out,
    sizes,
    start_summary,
    table_of,
    together,
    worth,
)
from fvdrift.process import Compiling, is_warning, kernel_cache, usable_cores
from fvdrift.settings import RunFile
from fvdrift.tools.duration import wall_time

_ANY_DISK = 100e6  # bytes a second that any disk takes: not worth a word


def main(run_file: RunFile, ranks: int, per_node: int | None = None) -> int:
    """Print the plan; returns 0. per_node: ranks on a node; None: all, where they fit this machine, else as in job
    scripts. Raises FvdriftError for whatever would stop the run."""
    kernel_cache.set_up()
    with Compiling(quiet=False):
        return _plan(run_file, ranks, per_node)


def _plan(run_file: RunFile, ranks: int, per_node: int | None) -> int:
    members = members_of(run_file)
    prepared = prepare_all(members)
    path = run_file.resolve(run_file.output.file)
    raw = SharedForcing(prepared).first_frame() if len(members) > 1 else None
    summaries = {
        member.name: list(start_summary(each, ranks, ranks, each.source.check(), raw))
        for member, each in zip(members, prepared, strict=True)
    }
    said = list(together(summaries))
    print("\n".join(said))
    if not run_file.ensemble.off:
        print(f"{len(members)} members, in one pass over the forcing:")
        print("\n".join(filter(None, (*table_of(members), seeds_said(members)))))
    size = sizes(prepared)

    def on_so_many(number: int) -> Ranks:
        wanted, cores = number * run_file.parallel.threads, usable_cores()
        here = cores if per_node is None and wanted <= cores else None
        of_node = LARGEST_NODE if per_node is None and here is None else per_node
        return shared_out(run_file.parallel, number, size, per_node=of_node, cores=here, staged=False)

    on = on_so_many(ranks)
    needed = predict(size, on)
    print()
    if ranks > 1:
        why = cannot_read(size, on) if run_file.parallel.forcing == "nodes" else ""
        print(forcing_said(on.forcing, size, why))
    print(f"{size.particle_steps:,} particle-steps in {size.intervals:,} intervals, {size.rows:,} rows")
    others = f", every other rank about {bytes_size(needed.other_bytes)}" if ranks > 1 else ""
    of_node = f", each node {bytes_size(needed.node_bytes)} beside for frames" if needed.node_bytes else ""
    print(f"Memory: rank 0 about {bytes_size(needed.first_bytes)}{others}{of_node}")
    moved = sorted(bytes_by_kind(size, on).items(), key=lambda kind: -kind[1])
    if moved:
        most = ", ".join(f"{kind} {bytes_size(count)}" for kind, count in moved[:3])
        print(f"From rank to rank: {bytes_size(sum(count for _, count in moved))} ({most})")
    for sentence in _kept_by_statistics(prepared, ranks):
        print(sentence)
    print(
        f"Disk: {bytes_size(needed.part_bytes)} while it runs, and up to {bytes_size(needed.final_bytes)} for the tracks at its "
        f"end; {bytes_size(free_bytes(path))} free in {path.parent}"
    )
    print(f"Time: about {wall_time(needed.seconds)}, limited by {needed.limited_by} ({_parts(needed)})")
    for sentence in _assumed(needed, on):
        print(sentence)
    print(f"It would be little faster on more than {worth(size, on_so_many):,} rank(s)")
    for member in members:
        member.check_outputs(False)
    check_split_folders(prepared)
    check_room(path, needed.part_bytes, needed.final_bytes)
    check_memory(run_file.path.name, size, needed)
    warned = sum(map(is_warning, said))
    if warned:
        print(f"{warned} warning(s) above: see to them before the run starts.")
    print("All checks passed.")
    return 0


def _kept_by_statistics(prepared: Sequence[Preparation], ranks: int) -> Iterator[str]:
    """What accounts keep of every particle, where any does."""
    needed: dict[str, int] = {}
    for each in prepared:
        for account in () if each.statistics is None else each.statistics.accounts:
            if account.bytes:
                needed[account.name] = needed.get(account.name, 0) + account.bytes
    if needed:
        where = "" if ranks == 1 else f", shared out among {ranks if ranks == 2 else ranks - 1} ranks"
        each_of = ", ".join(f"{name} {bytes_size(count)}" for name, count in needed.items())
        yield f"Statistics keep {bytes_size(sum(needed.values()))} of particles{where}: {each_of}"


def _assumed(needed: Prediction, on: Ranks) -> Iterator[str]:
    """What the time counts on that was not measured."""
    rates = {"takes": needed.disk_rate, "gives": needed.read_rate if on.nodes > 1 else 0.0}
    said = [f"{does} {bytes_size(rate)}" for does, rate in rates.items() if rate > _ANY_DISK]
    if said:
        yield f"The time counts on a file system that {' and '.join(said)} a second"
    if on.nodes > 1:
        link, step = bytes_size(1e9 / COSTS.send_ns), f"{COSTS.round_s * 1e6:g} us"
        disk, of_node = bytes_size(COSTS.disk_bytes_per_s), bytes_size(COSTS.node_bytes_per_s)
        yield (
            f"Assumed: {link} a second from a rank to another, {step} a message; {disk} a second of the file system for all, "
            f"{of_node} for each of {on.nodes} nodes"
        )
        yield (
            f"Importing takes {wall_time(needed.parts['importing'])} of it: {shared_calls(on) / 1e6:.1f} million calls to a file "
            f"system that nodes share, {COSTS.calls_per_s:,.0f} a second (assumed); none after jobscript --stage"
        )


def _parts(needed: Prediction) -> str:
    """What takes longest, the longest first, in words."""
    parts = sorted((needed.parts | needed.beside).items(), key=lambda part: -part[1])
    return ", ".join(f"{name} {wall_time(seconds)}" for name, seconds in parts[:3])
