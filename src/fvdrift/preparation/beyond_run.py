"""Times of the run file that lie beyond the run: what then does not happen is said at its start. Moves
nothing."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from fvdrift.settings import RunFile
from fvdrift.tools.quantity import MICROSECONDS, format_duration


class _Late(NamedTuple):
    """time: microseconds after the release, or after the start of the run; of_age: which of the two; then:
    what follows."""

    key: str
    time: int
    of_age: bool
    then: str


def beyond_run(run_file: RunFile, length: int, oldest: int) -> Iterator[str]:
    """Sentences. length: microseconds of the run; oldest: of the age that its first particles come to."""
    for late in _late(run_file):
        limit = oldest if late.of_age else length
        if late.time > limit:
            what = "no particle gets older than" if late.of_age else "the run lasts"
            yield f"warning: {late.key}: {format_duration(late.time)}, but {what} {format_duration(limit)}: {late.then}"
    yield from _too_slow(run_file, oldest / MICROSECONDS)


def _late(run_file: RunFile) -> Iterator[_Late]:
    behaviour, boundary = run_file.behaviour, run_file.boundary
    competency = behaviour.competency
    if competency is not None and competency.by == "age":
        yield _Late("behaviour.competency", round(competency.first * MICROSECONDS), True, "nobody settles")
    if behaviour.lifespan is not None:
        yield _Late("behaviour.lifespan", behaviour.lifespan, True, "nobody dies of age")
    if boundary.refloat is not None:
        afloat = "less than half of the stranded get afloat again"
        yield _Late("boundary.refloat", boundary.refloat, False, afloat)
    for number, release in enumerate(run_file.release):
        if release.every is not None and release.until is None:
            yield _Late(f"release.{number}.every", release.every, False, "there is one release only")
    yield _Late("output.every", run_file.output.every, False, "places are recorded at its start only")
    for number, alert in enumerate(run_file.alert):
        if alert.every is not None:
            yield _Late(
                f"alert.{number}.every", alert.every, False, "it is looked at at the start and the end only"
            )
    if run_file.checkpoint.every is not None:
        yield _Late("checkpoint.every", run_file.checkpoint.every, False, "none is taken on the way")
    for number, block in enumerate(run_file.statistic):
        key = f"statistic.{number}"
        if block.competency is not None:
            first = round(block.competency.first * MICROSECONDS)
            yield _Late(f"{key}.competency", first, True, "nobody is old enough to arrive")
        if block.every is not None:
            yield _Late(f"{key}.every", block.every, False, "particles are looked at at its start only")
        if block.period is not None:
            yield _Late(f"{key}.period", block.period, False, "all looks are taken together")
        if block.ages is not None:
            yield _Late(f"{key}.ages", block.ages[0], True, "nobody is counted")
        if block.ages is not None and len(block.ages) > 2:
            yield _Late(f"{key}.ages", block.ages[-2], True, "nobody is in the last class")


def _too_slow(run_file: RunFile, oldest: float) -> Iterator[str]:
    """What rates come to within the run, where that is nothing. oldest: s."""
    behaviour = run_file.behaviour
    growth, competency = behaviour.growth, behaviour.competency
    if isinstance(growth, float) and competency is not None and competency.by == "development":
        most = growth * oldest
        if most < competency.first:
            yield (
                f"warning: behaviour.competency: a development of {competency.first:g}, but nobody's is more than {most:.3g} "
                "at the end of the run: nobody settles"
            )
    mortality = behaviour.mortality
    if isinstance(mortality, float) and mortality > 0:
        dead = -math.expm1(-mortality * oldest)
        if dead < 1e-3:
            yield f"warning: behaviour.mortality: no more than {100 * dead:.2g} % of all die within the run"
