"""What is found, in a few lines for a person."""

from collections.abc import Iterator, Sequence

import numpy as np

from fvdrift.tools.duration import short_duration

from .plan import Comparison
from .result import Compared
from .skill import skill_score
from .table import lead_name, leads_shown

MOST_COLUMNS = 5
MOST_DRIFTERS = 30


def summary_lines(made: Comparison, found: Sequence[Compared]) -> Iterator[str]:
    """A line of each drifter, and of all; then what to keep in mind."""
    leads = leads_shown(made)[-MOST_COLUMNS:]
    by_drifter: dict[str, list[Compared]] = {}
    for each in found:
        by_drifter.setdefault(made.drifters[each.start.drifter].name, []).append(each)
    width = max(7, *(len(name) for name in list(by_drifter)[:MOST_DRIFTERS])) if len(by_drifter) > 1 else 7
    yield f"{'median separation (km)':>{width + 8 + 8 * len(leads)}}{'skill: mean, median':>21}{'at rest':>9}"
    heads = "".join(f"{lead_name(made, lead):>8}" for lead in leads)
    yield f"{'drifter':{width}}{'starts':>8}{heads}"
    if len(by_drifter) > 1:
        for name, its in list(by_drifter.items())[:MOST_DRIFTERS]:
            yield _line(made, name, width, its, leads)
        if len(by_drifter) > MOST_DRIFTERS:
            yield f"... and {len(by_drifter) - MOST_DRIFTERS:,} more drifters, in the table"
    yield _line(made, "all" if len(by_drifter) > 1 else next(iter(by_drifter)), width, found, leads)
    yield from _caveats(made, found)


def _line(made: Comparison, name: str, width: int, its: Sequence[Compared], leads: Sequence[int]) -> str:
    far = [[each.separation[lead - 1] for each in its if each.leads >= lead] for lead in leads]
    km = "".join(f"{np.median(values) / 1000:8.2f}" if values else f"{'-':>8}" for values in far)
    return f"{name:{width}}{len(its):8,}{km}{_skills(made, its)}"


def _skills(made: Comparison, its: Sequence[Compared]) -> str:
    mine, still = (
        np.array([skill_score(s, made.wish.tolerance) for s in each if not np.isnan(s)])
        for each in ([it.s for it in its], [it.s_still for it in its])
    )
    if not len(mine):
        return f"{'-':>21}{'-':>9}"
    return f"{np.mean(mine):14.2f}{np.median(mine):7.2f}{np.mean(still):9.2f}"


def _caveats(made: Comparison, found: Sequence[Compared]) -> Iterator[str]:
    clock, path = made.clock, made.wish.drifters
    whole = sum(each.leads * clock.step == clock.longest for each in found)
    if whole < len(found):
        yield (
            f"{whole:,} of {len(found):,} starts are compared for all {short_duration(clock.longest)}; the skill of each is over "
            "the time that it has"
        )
    never = sum(each.started == 0 for each in found)
    if never:
        yield f"warning: {path}: {never:,} of {len(found):,} starts lie off the mesh or on land, and have no skill"
    gone = sum(each.left for each in found)
    if gone:
        early = sum(each.started > 0 and each.leads < each.start.leads for each in found)
        yield (
            f"left the mesh or died before the end of their comparison: {gone:,} particle(s), which ends {early:,} start(s) "
            "early"
        )
    lay = sum(each.started > 0 and each.leads > 0 and np.isnan(each.s) for each in found)
    if lay:
        yield f"{lay:,} starts have no skill, as the drifter did not move"
