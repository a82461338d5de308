"""What is written and said of a comparison once its particles have been moved."""

from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from fvdrift.tools.duration import HOUR

from .plan import Comparison
from .result import Compared, compare_tracks
from .skill import skill_score
from .summary import summary_lines
from .table import write_table

if TYPE_CHECKING:
    from fvdrift.plot import DrawnDrifters


def finish_comparison(made: Comparison, say: Callable[[str], None]) -> list[str]:
    """Write NAME.csv and NAME.png beside the tracks; returns what to print. say: notes. Raises FvdriftError."""
    found = compare_tracks(made)
    write_table(made, found)
    lines = [*summary_lines(made, found), f"Table: {made.beside('.csv')}", f"Tracks: {made.tracks}"]
    if find_spec("matplotlib") is None:
        say("no picture: it needs matplotlib: pip install 'fvdrift[plot]'")
    elif not any(each.leads for each in found):
        say("no picture: no particle could be compared")
    else:
        from fvdrift.plot import draw_drifters

        picture = made.beside(".png")
        draw_drifters(picture, made.tracks, _drawn(made, found), say)
        lines.append(f"Picture: {picture}")
    return lines


def _drawn(made: Comparison, found: Sequence[Compared]) -> "DrawnDrifters":
    from fvdrift.plot import DrawnDrifters

    its = [each for each in found if each.leads]
    longest = max(each.leads for each in its)

    def in_time(columns: Iterable[np.ndarray]) -> np.ndarray:
        """km, from the start on."""
        table = np.full((len(its), longest + 1), np.nan)
        for row, values in zip(table, columns, strict=True):
            row[0], row[1 : len(values) + 1] = 0.0, values / 1000
        return table

    scores = [skill_score(each.s, made.wish.tolerance) for each in its if not np.isnan(each.s)]
    name = made.run_file.title or made.run_file.path.name
    particles = made.wish.particles
    what = f", {particles:,} particles each, of which the centre is drawn" if particles > 1 else ""
    scored = f", mean skill {np.mean(scores):.2f}" if scores else ""
    return DrawnDrifters(
        observed=[(each.start.x[: each.leads + 1], each.start.y[: each.leads + 1]) for each in its],
        modelled=[(each.x, each.y) for each in its],
        starts=(np.array([each.x[0] for each in its]), np.array([each.y[0] for each in its])),
        hours=np.arange(longest + 1) * made.clock.step / HOUR,
        separation=in_time(each.separation for each in its),
        still=in_time(each.still for each in its),
        title=f"{name} against {made.wish.drifters.name}",
        below=f"{len(its):,} starts along {len({each.start.drifter for each in its}):,} drifter(s){what}{scored}",
    )
