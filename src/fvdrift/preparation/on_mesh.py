"""How much of an area of a person lies on the mesh: told where it is not all. Refuses what lies wholly off.
Moves nothing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.mesh import (
    METRES_PER_DEGREE,
    Line,
    Polygon,
    Polygons,
    Reach,
    SectionLines,
    WholeMesh,
    inside,
    widths_and_areas,
)
from fvdrift.release import ReleasePlan
from fvdrift.statistics import Boxes
from fvdrift.tools.quantity import shown
from fvdrift_kernels.locate import find_elements

LATTICE = 64  # points along each side of the rectangle round an area
# of more areas and corners it would take seconds to say how much of them is water
MOST_CORNERS, MOST_AREAS = 20_000, 500
NEARLY = 0.99  # on the mesh: such an area is not worth a word
MOST_NAMED = 5


class OnMesh:
    """Looks areas up in a mesh, in the coordinates of the run."""

    def __init__(self, mesh: WholeMesh, reach: Reach):
        self._mesh, self.reach = mesh, reach
        self._geographic = mesh.metric is not None

    @cached_property
    def _finder(self) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
        mesh = self._mesh
        kernels = mesh.for_kernels()

        def found(x: np.ndarray, y: np.ndarray) -> np.ndarray:
            numbers = np.empty(len(x), np.int32)
            find_elements(kernels, mesh.search, np.ascontiguousarray(x), np.ascontiguousarray(y), numbers)
            return numbers >= 0

        return found

    def share(self, area: Polygon) -> float:
        """The part of an area that lies on the mesh, about; 0 where it misses it."""
        mesh = self._mesh
        x0, x1 = max(area.x.min(), mesh.x.min()), min(area.x.max(), mesh.x.max())
        y0, y1 = max(area.y.min(), mesh.y.min()), min(area.y.max(), mesh.y.max())
        if x0 >= x1 or y0 >= y1:
            return 0.0
        middle = (np.arange(LATTICE) + 0.5) / LATTICE
        x, y = (values.ravel() for values in np.meshgrid(x0 + (x1 - x0) * middle, y0 + (y1 - y0) * middle))
        there = inside(area, x, y)
        there[there] = self._finder(x[there], y[there])
        metre = METRES_PER_DEGREE if self._geographic else 1.0
        cell = (x1 - x0) * (y1 - y0) * metre**2 / LATTICE**2
        sizes = np.cos(np.radians(y)) if self._geographic else np.ones(len(y))
        of_all = Polygons(
            names=("",),
            px=area.x,
            py=area.y,
            first=area.first,
            ring=np.array([0, len(area.first) - 1]),
            part=area.part,
        )
        whole = float(widths_and_areas(of_all, self._geographic)[1][0])
        return min(1.0, float(sizes[there].sum() * cell / whole)) if whole > 0 else 0.0

    def _share_of_line(self, line: Line) -> float:
        length = np.hypot(np.ptp(line.x, axis=1), np.ptp(line.y, axis=1))
        end = np.cumsum(length)
        along = (np.arange(LATTICE**2) + 0.5) * end[-1] / LATTICE**2
        piece = np.minimum(np.searchsorted(end, along), len(end) - 1)
        part = 1.0 - (end[piece] - along) / length[piece]
        x, y = (ends[piece, 0] + part * (ends[piece, 1] - ends[piece, 0]) for ends in (line.x, line.y))
        return float(self._finder(x, y).mean())

    def polygons(self, polygons: Polygons, key: str, *, may_miss: bool = False) -> list[str]:
        """Sentences about polygons of a file that do not lie on the mesh, wholly or in part. Raises
        RunFileError where none touches it, unless they `may_miss`. key: of the run file, for messages."""
        _, touched = polygons.touching(self._mesh)
        names = polygons.names
        if not (touched.any() or may_miss):
            guess = self._guess(polygons, range(len(names)))
            raise RunFileError(
                f"{key}: {polygons.origin}: none of its {len(names)} polygons touches the mesh: {guess}"
            )
        off = np.flatnonzero(~touched)
        said = [
            f"warning: {key}: {polygons.origin}: polygon {shown(names[k])} touches no element of the mesh: nothing can be there; "
            f"{self._guess(polygons, [int(k)])}"
            for k in off[:MOST_NAMED]
        ]
        if len(off) > MOST_NAMED:
            of_all = f"{len(off):,} of {len(names):,} polygons"
            said.append(f"warning: {key}: {polygons.origin}: {of_all} touch no element of the mesh")
        if len(polygons.px) <= MOST_CORNERS and len(names) <= MOST_AREAS:
            shares = {names[k]: self.share(polygons.area(int(k))) for k in np.flatnonzero(touched)}
            part = {name: share for name, share in shares.items() if share < NEARLY}
            if part:
                said.append(
                    f"{polygons.origin}: {len(part):,} of {len(names):,} polygons reach beyond the mesh: {_parts(part)}"
                )
        return said

    def lines(self, lines: SectionLines, key: str) -> list[str]:
        """As `polygons`, of lines."""
        number = range(len(lines.names))
        off = [lines.names[k] for k in number if not self._share_of_line(lines.pieces(k))]
        whose = f"{key}: {lines.origin}" if lines.origin else key
        if len(off) == len(lines.names):
            x, y = lines.x.ravel(), lines.y.ravel()
            kind = "geographic" if self._geographic else "projected"
            raise RunFileError(f"{whose}: does not touch the mesh: {self.reach.guess(x, y, kind)}")
        named = ", ".join(map(shown, off[:MOST_NAMED])) + ", ..." * (len(off) > MOST_NAMED)
        return (
            [f"warning: {whose}: {len(off):,} of its lines touch no element of the mesh: {named}"]
            if off
            else []
        )

    def _guess(self, polygons: Polygons, numbers: Iterable[int]) -> str:
        x, y = polygons.corners(numbers)
        return self.reach.guess(x, y, polygons.coordinates)

    def box(self, x0: float, y0: float, x1: float, y1: float, key: str) -> list[str]:
        """As `polygons`, of one rectangle."""
        corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], float)
        x, y = corners.T
        area = Polygon(x, y, np.array([0, 4]), np.zeros(1, np.int32))
        share = self.share(area)
        kind = "geographic" if self._geographic else "projected"
        if not share:
            raise RunFileError(f"{key}: the box does not touch the mesh: {self.reach.guess(x, y, kind)}")
        said = self.reach.mistaken(x, y)
        if said:
            return [f"warning: {key}: {said}"]
        return [f"{key}: {_percent(share)} of the box lies on the mesh"] if share < NEARLY else []

    def releases(self, plan: ReleasePlan) -> Iterator[str]:
        """Sentences about releases: of areas that lie on the mesh in part, and of degrees that are read as
        metres."""
        events, names = plan.events, plan.names
        for number, (shape, written) in enumerate(zip(plan.shapes[:MOST_AREAS], plan.written, strict=False)):
            of_shape = events[events["shape"] == number]
            if not len(of_shape):
                continue
            whose = (
                f"release {shown(names[int(of_shape['release'][0])])}"
                if of_shape["release"][0] >= 0
                else "releases"
            )
            said = self.reach.mistaken(written.x, written.y) if written.coordinates == "projected" else ""
            if said:
                yield f"warning: {whose}: {said}"
            elif isinstance(shape, Polygon | Line) and len(shape.x) <= MOST_CORNERS:
                what = "area" if isinstance(shape, Polygon) else "length"
                share = self.share(shape) if isinstance(shape, Polygon) else self._share_of_line(shape)
                if 0 < share < NEARLY:
                    count = int(of_shape["count"][0])
                    yield f"{whose}: {_percent(share)} of its {what} lies on the mesh, where all its {count:,} particles start"


def _percent(share: float) -> str:
    return f"about {100 * share:.0f} %" if share >= 0.01 else "less than 1 %"


def _parts(part: dict[str, float]) -> str:
    named = [f"{_percent(share)} of {shown(name)}" for name, share in list(part.items())[:MOST_NAMED]]
    return (
        ", ".join(named)
        + (" lies" if len(part) == 1 else " lie")
        + " on it"
        + ", ..." * (len(part) > MOST_NAMED)
    )


def of_statistics(run_file_name: str, questions: Sequence[Any], on_mesh: OnMesh) -> list[str]:
    """Sentences about the areas of the [[statistic]]s. questions: of their order. Raises RunFileError with
    all that is wrong."""
    said, problems, seen = list[str](), list[str](), set[str]()
    for number, question in enumerate(questions):
        key = f"statistic.{number}"
        for name in ("polygons", "sources", "cells", "lines"):
            area = getattr(question, name, None)
            try:
                if isinstance(area, Polygons) and area.origin not in seen:
                    seen.add(area.origin)
                    said += on_mesh.polygons(area, f"{key}.{name}")
                elif isinstance(area, SectionLines):
                    said += on_mesh.lines(area, f"{key}.{name if area.origin else 'line'}")
                elif isinstance(area, Boxes):
                    said += on_mesh.box(x0=area.x0, y0=area.y0, x1=area.x1, y1=area.y1, key=f"{key}.box")
            except RunFileError as error:
                problems += [f"{run_file_name}: {problem}" for problem in error.problems]
    if problems:
        raise RunFileError(problems)
    return said
