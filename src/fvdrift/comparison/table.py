"""NAME.csv: a row a start. Nothing is computed here but scores."""

import csv
import io
from collections.abc import Callable, Sequence

import numpy as np

from fvdrift.tools.calendar import format_time
from fvdrift.tools.duration import HOUR, short_duration
from fvdrift.tools.new_file import NewFile

from .plan import Comparison
from .result import Compared
from .skill import skill_score

LEADS = tuple(hours * HOUR for hours in (1, 3, 6, 12, 24, 48, 72, 120, 240, 480, 720))


def leads_shown(made: Comparison) -> list[int]:
    """Times since the start that have a column, in comparisons, ascending."""
    clock = made.clock
    longest = max(start.leads for start in made.starts)
    wanted = {lead // clock.step for lead in (*LEADS, clock.longest) if lead % clock.step == 0}
    return sorted(lead for lead in wanted if 0 < lead <= longest) or [longest]


def lead_name(made: Comparison, lead: int) -> str:
    """`6h`, `30min`: hours and minutes, never days, so that columns look alike."""
    time = lead * made.clock.step
    return f"{time // HOUR}h" if time % HOUR == 0 else short_duration(time).replace(" ", "")


def write_table(made: Comparison, found: Sequence[Compared]) -> None:
    """Raises OutputError."""
    with NewFile(made.beside(".csv")) as file:
        file.write(table(made, found))
        file.commit()


def table(made: Comparison, found: Sequence[Compared]) -> str:
    """The text of the file."""
    columns = _columns(made)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow([name for name, _ in columns])
    rows.writerows([cell(each) for _, cell in columns] for each in found)
    return text.getvalue()


def _columns(made: Comparison) -> list[tuple[str, Callable[[Compared], str | int]]]:
    several, tolerance = made.wish.particles > 1, made.wish.tolerance
    place, digits = (("lon", "lat"), 6) if made.geographic else (("x", "y"), 2)
    columns: list[tuple[str, Callable[[Compared], str | int]]] = [
        ("drifter", lambda it: made.drifters[it.start.drifter].name),
        ("start", lambda it: format_time(it.start.time, made.calendar)),
        (place[0], lambda it: f"{it.start.x[0]:.{digits}f}"),
        (place[1], lambda it: f"{it.start.y[0]:.{digits}f}"),
        ("particles", lambda it: it.started),
        ("particles_gone", lambda it: it.left),
        ("lead_hours", lambda it: f"{it.leads * made.clock.step / HOUR:g}"),
        ("observed_length_m", lambda it: _metres(it.lengths, it.leads)),
    ]
    kinds = [("separation", "separation")]
    kinds += [("separation_of_centre", "of_centre"), ("spread", "spread")] if several else []
    for name, field in kinds:
        columns += [(f"{name}_{lead_name(made, lead)}_m", _at(field, lead)) for lead in leads_shown(made)]
    columns += [
        ("separation_mean_m", lambda it: f"{np.mean(it.separation):.1f}" if it.leads else ""),
        ("s", lambda it: _score(it.s)),
        ("skill", lambda it: _score(skill_score(it.s, tolerance))),
    ]
    if several:
        columns.append(("skill_of_centre", lambda it: _score(skill_score(it.s_centre, tolerance))))
    columns.append(("skill_at_rest", lambda it: _score(skill_score(it.s_still, tolerance))))
    return columns


def _at(field: str, lead: int) -> Callable[[Compared], str]:
    return lambda it: _metres(getattr(it, field), lead)


def _metres(values: np.ndarray, lead: int) -> str:
    return f"{values[lead - 1]:.1f}" if 0 < lead <= len(values) else ""


def _score(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.4f}"
