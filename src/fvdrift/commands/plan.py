"""`fvdrift plan`: check a run file, its forcing and its releases, and say what the run will take. Moves
nothing."""

from collections.abc import Iterator, Sequence

from fvdrift.output import check_room, free_bytes
from fvdrift.output import size as bytes_size
from fvdrift.preparation import (
    Prediction,
    Preparation,
    SharedForcing,
    check_memory,
    check_split_folders,
    dedicated_from,
    members_of,
    predict,
    prepare_all,
    seeds_said,
    shared_out,
    sizes,
    start_summary,
    table_of,
    together,
    worth,
)
from fvdrift.process import is_warning, kernel_cache
from fvdrift.settings import RunFile
from fvdrift.tools.duration import wall_time

_ANY_DISK = 100e6  # bytes a second that any disk takes: not worth a word


def main(run_file: RunFile, ranks: int) -> int:
    """Print the plan; returns 0. Raises FvdriftError for whatever would stop the run."""
    kernel_cache.set_up()
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
    needed = predict(size, shared_out(run_file.parallel, ranks))
    print()
    print(f"{size.particle_steps:,} particle-steps in {size.intervals:,} intervals, {size.rows:,} rows")
    others = f", every other rank about {bytes_size(needed.other_bytes)}" if ranks > 1 else ""
    print(f"Memory: rank 0 about {bytes_size(needed.first_bytes)}{others}")
    for sentence in _kept_by_statistics(prepared, ranks):
        print(sentence)
    print(
        f"Disk: {bytes_size(needed.part_bytes)} while it runs, and up to {bytes_size(needed.final_bytes)} for the tracks at its "
        f"end; {bytes_size(free_bytes(path))} free in {path.parent}"
    )
    print(f"Time: about {wall_time(needed.seconds)}, limited by {needed.limited_by} ({_parts(needed)})")
    if needed.disk_rate > _ANY_DISK:
        print(f"The time counts on a file system that takes {bytes_size(needed.disk_rate)} a second")
    print(
        f"It would be little faster on more than {worth(size, dedicated_from=dedicated_from(run_file.parallel)):,} rank(s)"
    )
    for member in members:
        member.check_outputs(False)
    check_split_folders(prepared)
    check_room(path, needed.part_bytes, needed.final_bytes)
    check_memory(run_file.path.name, size, needed.first_bytes)
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


def _parts(needed: Prediction) -> str:
    """What takes longest, the longest first, in words."""
    parts = sorted((needed.parts | needed.beside).items(), key=lambda part: -part[1])
    return ", ".join(f"{name} {wall_time(seconds)}" for name, seconds in parts[:3])
