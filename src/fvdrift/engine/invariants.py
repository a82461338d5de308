"""What must hold after every interval, whatever run it is; a run in which it does not stops, as its numbers
are worth nothing.

Pure functions of what workers and manager hold. A breach is a fault of fvdrift, of the machine or of an own
behaviour, not of input. A worker does not raise it but reports it, so that all ranks leave together and the
manager can write down what is needed to repeat it.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from fvdrift.errors import FvdriftError, OutputError
from fvdrift.mesh import Subdomain, WholeMesh
from fvdrift.tools.new_file import NewFile
from fvdrift.tools.particle_arrays import STATUS_NAMES
from fvdrift_kernels.state import ACTIVE, NOT_RELEASED

from .report import Breach, Report

# of an element's size: where in doubt the kernels decide with 1e-9 (`locate.ON_SIDE`, double precision), and
# habitats count on 1e-5; a particle farther out was moved by something else
OUTSIDE = 1e-5
_BLOCK = 4096  # particles: their elements stay in the second cache; 1.9 ms for 1e5 of them, all at once 2.6


class InvariantError(FvdriftError):
    """Something impossible happened. details: what is needed to repeat it."""

    def __init__(self, sentence: str, details: Mapping[str, Any]):
        super().__init__(f"{sentence}: this is a fault of fvdrift or of the machine, so the run was stopped")
        self.details = dict(details)


def first_breach(
    subdomain: Subdomain, particles: np.ndarray, last_clock: int | None, worker: int
) -> Breach | None:
    """Of the particles that a `worker` holds, with element numbers of its subdomain, after an interval; None where
    all is well.

    last_clock: what active particles have come to; None where some are stuck and wait for a wider subdomain.
    """
    inside = _in_subdomain(subdomain, particles)
    tests = [
        (~inside, "is in none of the elements of its worker"),
        (~(np.isfinite(particles["x"]) & np.isfinite(particles["y"])), "has a place that is no number"),
    ]
    moving = particles["status"] == ACTIVE
    # not released yet: their sigma is found with the fields of their time
    tests.append(
        (
            _off_column(particles["sigma"]) & (particles["status"] != NOT_RELEASED),
            "is not between surface and bed",
        )
    )
    if inside.all():
        tests.append((moving & _outside(subdomain, particles), "is not inside its element"))
    if last_clock is not None:
        tests.append((moving & (particles["clock"] != last_clock), "was left behind in time"))
    for broken, what in tests:
        if broken.any():
            return _breach(what, subdomain, particles[np.argmax(broken)], worker)
    return None


def _in_subdomain(subdomain: Subdomain, particles: np.ndarray) -> np.ndarray:
    return (particles["element"] >= 0) & (particles["element"] < len(subdomain.elements))


def _off_column(sigma: np.ndarray) -> np.ndarray:
    return ~((sigma >= -1.0) & (sigma <= 0.0))


def _outside(subdomain: Subdomain, particles: np.ndarray) -> np.ndarray:
    """bool (particle,): beyond a side of the element it is said to be in, or nowhere."""
    outside = np.empty(len(particles), bool)
    for start in range(0, len(particles), _BLOCK):
        block = slice(start, start + _BLOCK)
        p = particles[block]
        element = subdomain.mesh.element.take(p["element"])
        dx, dy = p["x"] - element["xc"], p["y"] - element["yc"]
        with np.errstate(invalid="ignore"):
            first = 1 / 3 + element["ax"] * dx + element["ay"] * dy
            second = 1 / 3 + element["bx"] * dx + element["by"] * dy
            outside[block] = ~(np.minimum(np.minimum(first, second), 1.0 - first - second) >= -OUTSIDE)
    return outside


def _breach(what: str, subdomain: Subdomain, p: np.void, worker: int) -> Breach:
    local, status = int(p["element"]), int(p["status"])
    element = int(subdomain.elements[local]) if 0 <= local < len(subdomain.elements) else -1
    name = STATUS_NAMES[status] if 0 <= status < len(STATUS_NAMES) else str(status)
    return Breach(
        what=what,
        id=int(p["id"]),
        element=element,
        x=float(p["x"]),
        y=float(p["y"]),
        sigma=float(p["sigma"]),
        clock=int(p["clock"]),
        status=name,
        worker=worker,
    )


def refuse_breach(report: Report, mesh: WholeMesh, when: str) -> None:
    """Raises InvariantError for the first worker that tells of a breach. report: of all workers; when: the end of
    the interval."""
    breach, workers = report.breach, len(report.steps)
    if breach is None:
        return
    # as the files count
    element = int(mesh.file_element[breach.element]) + 1 if breach.element >= 0 else None
    where = "" if element is None else f", element {element}"
    raise InvariantError(
        f"particle {breach.id} {breach.what} at {when} (x {breach.x!r}, y {breach.y!r}, sigma {breach.sigma!r}{where}; "
        f"worker {breach.worker} of {workers})",
        {
            **breach._asdict(),
            "element": element,
            "time": when,
            "workers": workers,
        },
    )


def check_hand_offs(sent: np.ndarray, received: np.ndarray, when: str) -> None:
    """Particles on their way between workers: as many arrive as leave. By worker. Raises InvariantError."""
    if sent.sum() != received.sum():
        raise InvariantError(
            f"{sent.sum()} particles were handed from worker to worker up to {when}, and {received.sum()} arrived",
            {
                "what": "hand-offs",
                "time": when,
                "sent": sent.tolist(),
                "received": received.tolist(),
            },
        )


def check_counts(released: int, held: int, left: int, when: str) -> None:
    """Particles released so far are those that workers hold and those that have left. Raises
    InvariantError."""
    if released != held + left:
        raise InvariantError(
            f"{released} particles were released up to {when}, but workers hold {held} and {left} have left",
            {"what": "counts", "time": when, "released": released, "held": held, "left": left},
        )


def write_down(error: InvariantError, path: Path, run: Mapping[str, Any]) -> None:
    """Leave what is needed to repeat a breach in a small file; run: seed, run file, versions ... Never raises
    for the disk."""
    text = json.dumps(
        {"error": str(error), **error.details, **run}, indent=1, ensure_ascii=False, default=str
    )
    with suppress(OutputError), NewFile(path) as file:  # the sentence says most of it
        file.write(text + "\n")
        file.commit()
