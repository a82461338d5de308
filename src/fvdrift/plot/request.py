"""What a picture can be asked for, from the command line and from Python. Loads nothing heavy."""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fvdrift.errors import RunFileError
from fvdrift.tools import arguments
from fvdrift.tools.quantity import LENGTH, parse_quantity

if TYPE_CHECKING:
    from fvdrift.settings import Instant

SECTIONS = ("time", "distance")
DPI = 200
FILM_DPI = 110
_LEAST = {"sample": 1, "dpi": 20, "fps": 0.1, "ranks": 1, "panels": 1}
_MOST = {"dpi": 2400, "fps": 100, "ranks": 100_000, "panels": 48}
_KINDS = {  # of what Python may give
    **dict.fromkeys(("file", "output"), arguments.PATH),
    **dict.fromkeys(("density", "animate", "flow", "no_mesh", "no_depth", "quiet"), arguments.FLAG),
    **dict.fromkeys(("sample", "panels", "ranks"), arguments.WHOLE),
    **dict.fromkeys(("dpi", "fps"), arguments.NUMBER),
    **dict.fromkeys(("extent", "along"), arguments.FOUR_NUMBERS),
    **dict.fromkeys(("color", "title", "statistic"), arguments.TEXT),
    "release": arguments.NAMES,
    "forcing": arguments.PATHS,
}


def check_matplotlib() -> None:
    """Raises RunFileError with how to get it."""
    if find_spec("matplotlib") is None:
        raise RunFileError("pictures need matplotlib: pip install 'fvdrift[plot]'")


@dataclass(frozen=True)
class PlotRequest:
    """The options; None or False: not given. extent: smallest and largest x, then y; cell: metres; statistic: the name of
    one in a file of statistics; panels: how many times a picture shows side by side."""

    file: Path
    output: Path | None = None
    color: str | None = None
    at: "Instant | str | None" = None
    release: tuple[str, ...] = ()
    density: bool = False
    cell: float | None = None
    section: str | None = None
    along: tuple[float, float, float, float] | None = None
    animate: bool = False
    fps: float | None = None
    flow: bool = False
    sample: int | None = None
    extent: tuple[float, float, float, float] | None = None
    forcing: tuple[Path, ...] = ()
    no_mesh: bool = False
    no_depth: bool = False
    title: str | None = None
    dpi: int | None = None
    quiet: bool = False
    ranks: int = 1
    statistic: str | None = None
    panels: int | None = None

    @property
    def of_run(self) -> bool:
        """Whether a run is shown before it is made, not its tracks."""
        return self.file.suffix.lower() == ".toml"

    @property
    def moves(self) -> bool:
        return self.animate or (self.output is not None and self.output.suffix.lower() in (".gif", ".mp4"))

    @property
    def browsed(self) -> bool:
        """Whether it is a page for a browser."""
        return self.output is not None and self.output.suffix.lower() == ".html"

    @property
    def path(self) -> Path:
        """Where the picture goes: beside what it shows, unless -o says otherwise."""
        if self.output is not None:
            return self.output
        stem = self.file.name.removesuffix(".part").removesuffix(self.file.suffix if self.of_run else ".nc")
        kind = (
            "_panels"
            if self.panels
            else "_run"
            if self.of_run
            else "_density"
            if self.density
            else "_section"
            if self.section
            else ""
        )
        return self.file.with_name(f"{stem}{kind}{'.gif' if self.moves else '.png'}")


def plot_request(
    file: str | Path,
    *,
    output: str | Path | None = None,
    color: str | None = None,
    at: str | None = None,
    release: Sequence[str] = (),
    density: bool = False,
    cell: str | float | None = None,
    section: str | None = None,
    along: Sequence[float] | None = None,
    animate: bool = False,
    fps: float | None = None,
    flow: bool = False,
    sample: int | None = None,
    extent: Sequence[float] | None = None,
    forcing: Sequence[str | Path] = (),
    no_mesh: bool = False,
    no_depth: bool = False,
    title: str | None = None,
    dpi: int | None = None,
    quiet: bool = False,
    ranks: int = 1,
    statistic: str | None = None,
    panels: int | None = None,
    changes: Sequence[str] = (),
) -> PlotRequest:
    """A picture as it was asked for: the options of `fvdrift plot` by their names, all checked.

    file: tracks, or a run file, which alone has `ranks` and `changes` (of its keys).
    Raises RunFileError with all that is wrong.
    """
    if odd := arguments.misfits(_KINDS, locals()):
        raise RunFileError(odd)
    problems = _sizes(sample=sample, dpi=dpi, fps=fps, ranks=ranks, panels=panels)
    if section not in (None, "time", "distance"):
        problems.append(f'--section: must be "time" or "distance", not {section!r}')
    request = PlotRequest(
        file=Path(file),
        output=None if output is None else Path(output),
        color=color,
        at=_time(at, problems),
        release=tuple(release),
        density=density,
        cell=_side(cell, problems),
        section="along" if along else section,
        animate=animate,
        fps=fps,
        flow=flow,
        sample=sample,
        extent=_corners(extent, problems),
        along=_line(along, problems),
        forcing=tuple(Path(name) for name in forcing),
        no_mesh=no_mesh,
        no_depth=no_depth,
        title=title,
        dpi=dpi,
        quiet=quiet,
        ranks=ranks,
        statistic=statistic,
        panels=panels,
    )
    problems += _at_odds(request, section is not None, bool(changes))
    if problems:
        raise RunFileError(problems)
    return request


# those of a picture: all but its file and `changes`
OPTIONS = tuple(inspect.signature(plot_request).parameters)[1:-1]


def _sizes(**given: float | None) -> list[str]:
    """Sentences on numbers that are too small or too large."""
    named = [(name, number) for name, number in given.items() if number is not None]
    return [
        *(
            f"--{name}: {n:g} is too small: take {_LEAST[name]:g} or more"
            for name, n in named
            if not n >= _LEAST[name]
        ),
        *(
            f"--{name}: {n:g} is too large: take {_MOST[name]:g} or less"
            for name, n in named
            if n > _MOST.get(name, n)
        ),
    ]


def _time(at: str | None, problems: list[str]) -> "Instant | str | None":
    from fvdrift.settings import parse_instant

    try:
        return at if at in (None, "start", "end") else parse_instant(at)
    except ValueError:
        problems.append(
            f'--at: "{at}" is no time: write 2020-05-01T06:00:00Z, "6h" from the first record, start or end'
        )
        return None


def _side(cell: Any, problems: list[str]) -> float | None:
    """Metres."""
    try:
        side = None if cell is None else parse_quantity(cell, LENGTH)
        if side is not None and not side > 0:
            problems.append("--cell: must be above 0")
        return side
    except ValueError as error:
        problems.append(f"--cell: {error}")
        return None


def _corners(extent: Sequence[float] | None, problems: list[str]) -> tuple[float, float, float, float] | None:
    """Smallest and largest x, then y."""
    if extent is None:
        return None
    (x0, x1), (y0, y1) = sorted(extent[0::2]), sorted(extent[1::2])
    if not (x0 < x1 and y0 < y1):
        problems.append("--extent: its two corners must differ in both coordinates")
    return x0, x1, y0, y1


def _line(along: Sequence[float] | None, problems: list[str]) -> tuple[float, float, float, float] | None:
    """x and y of its ends."""
    if not along:
        return None
    if along[:2] == along[2:]:
        problems.append("--along: its two ends must differ")
    return along[0], along[1], along[2], along[3]


def _at_odds(request: PlotRequest, by_section: bool, changes: bool) -> list[str]:
    """Sentences on options that don't go together. by_section: by time or distance; changes: whether keys are
    changed."""
    pictures = {
        "--density": request.density,
        "--section": by_section,
        "--along": request.along,
        "--animate": request.moves,
        "--panels": request.panels is not None,
    }
    kinds = [name for name, there in pictures.items() if there]
    at, still = request.at is not None, not request.moves
    said = {
        f"{' and '.join(kinds)} are different pictures: ask for one": len(kinds) > 1,
        "--at is one time and an animation shows all: take one away": at and request.moves,
        "--at is one time and --panels are several: take one away": at and request.panels is not None,
        "--at: a section by time or distance shows all times: take it away": at and by_section,
        "--flow is the flow at one time: give --at, or --animate": (
            request.flow and still and (not at or request.density)
        ),
        "--cell is for --density": request.cell is not None and not request.density,
        "--color: a density has its own colours: take it away": request.color is not None and request.density,
        "--fps is for animations": request.fps is not None and still,
    }
    problems = [sentence for sentence, so in said.items() if so] + _of_other_file(request, kinds, changes)
    return problems + (_of_page(request, kinds) if request.browsed else [])


def _of_page(request: PlotRequest, kinds: list[str]) -> list[str]:
    """Sentences on what a page for a browser cannot have. kinds: of pictures."""
    if request.of_run:
        return [
            f"{request.output}: a page shows tracks, and {request.file} is a run file, which has none yet"
        ]
    given = {
        "--at": request.at is not None,
        "--flow": request.flow,
        "--dpi": request.dpi is not None,
        "--panels": request.panels is not None,
        "--statistic": request.statistic is not None,
    }
    odd = list(dict.fromkeys([*kinds, *(name for name, there in given.items() if there)]))
    return [f"{request.output}: a page shows all times, as a map: leave {', '.join(odd)} out"] if odd else []


def _of_other_file(request: PlotRequest, kinds: list[str], changes: bool) -> list[str]:
    """Sentences on options of tracks where a run file is shown, or the other way. kinds: of pictures."""
    if not request.of_run:
        return ["--ranks and --set are for a run file"] if request.ranks != 1 or changes else []
    if (
        kinds
        or request.at is not None
        or request.color
        or request.release
        or request.forcing
        or request.statistic
    ):
        return [
            f"{request.file}: is a run file, which has no tracks yet: give the tracks, or leave these options out"
        ]
    return []
