"""Times of the run file that lie beyond the run: what then does not happen is said at its start. Moves
nothing."""

from collections.abc import Iterator

from fvdrift.behaviour import Late
from fvdrift.orders import BehaviourOrder
from fvdrift.settings import RunFile
from fvdrift.tools.duration import SECOND, format_duration


def beyond_run(
    run_file: RunFile, behaviour: BehaviourOrder | None, length: int, oldest: int
) -> Iterator[str]:
    """Sentences. length: microseconds of the run; oldest: of the age that its first particles come to."""
    parts = () if behaviour is None else behaviour.parts
    for late in (*(late for part in parts for late in part.late()), *_late(run_file)):
        limit = oldest if late.of_age else length
        if late.time > limit:
            what = "no particle gets older than" if late.of_age else "the run lasts"
            yield f"warning: {late.key}: {format_duration(late.time)}, but {what} {format_duration(limit)}: {late.then}"
    for part in parts:
        yield from part.too_slow(behaviour, oldest / SECOND)


def _late(run_file: RunFile) -> Iterator[Late]:
    for number, release in enumerate(run_file.release):
        if release.every is not None and release.until is None:
            yield Late(f"release.{number}.every", release.every, False, "there is one release only")
    yield Late("output.every", run_file.output.every, False, "places are recorded at its start only")
    for number, alert in enumerate(run_file.alert):
        if alert.every is not None:
            yield Late(
                f"alert.{number}.every", alert.every, False, "it is looked at at the start and the end only"
            )
    if run_file.checkpoint.every is not None:
        yield Late("checkpoint.every", run_file.checkpoint.every, False, "none is taken on the way")
    for number, block in enumerate(run_file.statistic):
        key = f"statistic.{number}"
        if block.competency is not None:
            first = round(block.competency.first * SECOND)
            yield Late(f"{key}.competency", first, True, "nobody is old enough to arrive")
        if block.every is not None:
            yield Late(f"{key}.every", block.every, False, "particles are looked at at its start only")
        if block.period is not None:
            yield Late(f"{key}.period", block.period, False, "all sampling times are taken together")
        if block.age is not None:
            yield Late(f"{key}.age", block.age[0], True, "nobody is counted")
        if block.ages is not None:
            yield Late(f"{key}.ages", block.ages[0], True, "nobody is counted")
        if block.ages is not None and len(block.ages) > 2:
            yield Late(f"{key}.ages", block.ages[-2], True, "nobody is in the last class")
