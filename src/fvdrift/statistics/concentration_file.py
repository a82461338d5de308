"""What the file and the terminal say of a concentration and its budget. How they are found is `concentration`."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import numpy as np

from fvdrift.tools.duration import SECOND

from .amount_in_cells import AmountInCells
from .base import State
from .cell_axes import CellAxes, cell_axes, looks_of_periods, period_times
from .context import Context
from .variables import FileVariable, time_coordinate

# what is meant by the column of an amount, and its unit
_MEANT = {"mass": ("mass", "kg"), "number": ("number", "1"), "": ("number of particles", "1")}
_PER_VOLUME = {"kg": "kg m-3", "1": "m-3"}
_LAYERS = {
    "depth": {"long_name": "depth below the moving surface", "positive": "down", "units": "m"},
    "height": {"long_name": "height above the bed", "positive": "up", "units": "m"},
    "sigma": {"long_name": "sigma", "positive": "up", "units": "1"},
}
BUDGET = {
    "released": "released until then",
    "inside": "in the cells and layers",
    "outside": "in the water outside of all cells and layers, or not counted",
    "on_dry": "on dry flats",
    "on_shore": "stranded on the shore",
    "on_bed": "deposited on the bed",
    "settled": "settled until then",
    "exited": "exited through an open boundary until then",
    "dead": "of particles that have died until then",
    "decayed": "lost by decay until then: released less all others",
}


class Told(Protocol):
    """The account that is told of, as `concentration` has it."""

    name: str
    question: AmountInCells
    looks_in_period: int
    thresholds: tuple[float, ...]
    by: str | None

    def budget(self, found: State) -> dict[str, np.ndarray]:
        """What is where at each look."""


def described(account: Told, scene: Context, found: State) -> Iterator[FileVariable]:
    """Variables of the file."""
    question, name = account.question, account.name
    looked = int(found["looks_taken"])
    looks_of = looks_of_periods(looked, account.looks_in_period)
    bounded = account.looks_in_period > 1
    yield from period_times(f"{name}_time", scene, question.looks, looks_of, bounded=bounded, onward=False)
    cells = cell_axes(name, scene, question.cells)
    yield from cells.variables
    if account.by is not None:
        yield from _layers(name, account.by, np.array(question.layers.edges))
    yield from _fields(account, cells, found, looks_of)
    yield from _budget(account, scene, found, looked)


def _layers(name: str, by: str, edges: np.ndarray) -> Iterator[FileVariable]:
    if by == "sigma":
        edges = 0.0 - edges
    said = {**_LAYERS[by], "axis": "Z", "bounds": f"{name}_layer_bounds"}
    yield FileVariable(f"{name}_layer", (f"{name}_layer",), 0.5 * (edges[:-1] + edges[1:]), said)
    bounds = np.stack([edges[:-1], edges[1:]], axis=1)
    yield FileVariable(f"{name}_layer_bounds", (f"{name}_layer", "two"), bounds, {})


def _fields(account: Told, cells: CellAxes, found: State, looks_of: np.ndarray) -> Iterator[FileVariable]:
    question, name = account.question, account.name
    layered = account.by is not None
    dimensions = (f"{name}_time", *((f"{name}_layer",) if layered else ()), *cells.dimensions)
    classes = (question.layers.count,) if layered else ()

    def on_cells(values: np.ndarray) -> np.ndarray:
        return cells.in_file(
            values[..., : question.bins].reshape(*values.shape[:-1], *classes, question.cells.cells)
        )

    what, unit = _MEANT[question.amount]
    per_volume = _PER_VOLUME[unit]
    wet = on_cells(found["wet"])
    looks = looks_of.reshape(-1, *[1] * (wet.ndim - 1))
    whose = f"of the sampling times with water there, {what} per volume of water"
    of_wet = {"units": per_volume, **cells.located}
    with np.errstate(invalid="ignore"):
        mean = on_cells(found["concentration"]) / wet
    maximum = np.where(wet > 0, on_cells(found["maximum"]), np.nan)
    method = f"{name}_time: mean (of the sampling times with water)"
    said: dict[str, Any] = {"long_name": f"mean concentration: {whose}", **of_wet, "cell_methods": method}
    yield FileVariable(f"{name}_concentration", dimensions, mean, said)
    said = {"long_name": f"maximum concentration: {whose}", **of_wet, "cell_methods": f"{name}_time: maximum"}
    yield FileVariable(f"{name}_maximum", dimensions, maximum, said)
    if account.thresholds:
        yield FileVariable(
            f"{name}_threshold",
            (f"{name}_threshold",),
            np.array(account.thresholds),
            {"long_name": "concentration that is passed", "units": per_volume},
        )
        above = np.moveaxis(on_cells(found["above"]), 1, 0) * (question.looks.every / SECOND)
        said = {"long_name": "time above the threshold", "units": "s"}
        said |= {**cells.located, "cell_methods": f"{name}_time: sum"}
        said["comment"] = "sampling times with a concentration above it, times the time between two of them"
        yield FileVariable(f"{name}_time_above", (f"{name}_threshold", *dimensions), above, said)
    for key, text, its in (("amount", f"{what} in the cell", unit), ("volume", "water in the cell", "m3")):
        said = {"long_name": f"{text}, mean of the sampling times", "units": its, **cells.located}
        said |= {"cell_methods": f"{name}_time: mean"}
        yield FileVariable(f"{name}_{key}", dimensions, on_cells(found[key]) / looks, said)
    said = {"long_name": "sampling times with water in the cell", "units": "1", **cells.located}
    yield FileVariable(f"{name}_wet_looks", dimensions, wet, said)


def _budget(account: Told, scene: Context, found: State, looked: int) -> Iterator[FileVariable]:
    name, looks = account.name, account.question.looks
    times = np.array([looks.time(look) for look in range(looked)], np.int64)
    yield from time_coordinate(f"{name}_look", scene, times)
    what, unit = _MEANT[account.question.amount]
    budget = account.budget(found)
    for key, text in BUDGET.items():
        said = {"long_name": f"{what} {text}", "units": unit}
        yield FileVariable(f"{name}_{key}", (f"{name}_look",), budget[key], said)


def summary(account: Told, found: State) -> Iterator[str]:
    """A few lines for the terminal."""
    question = account.question
    what, unit = _MEANT[question.amount]
    unit, per_volume = unit if unit != "1" else "", _PER_VOLUME[unit]
    if not len(found["budget"]):
        yield "no sampling time was reached"
        return
    last = {key: float(values[-1]) for key, values in account.budget(found).items()}
    total = last["released"]
    parts = [f"{_share(last[key], total)} {_BRIEF[key]}" for key in _BRIEF if abs(last[key]) > 5e-16 * total]
    yield f"{what} released {total:.4g}{unit and ' '}{unit}; at the last sampling time {', '.join(parts) or 'nothing'}"
    greatest = found["maximum"][:, : question.bins]
    where = "element" if question.needs_element else "cell"
    yield f"greatest concentration in {'an' if where == 'element' else 'a'} {where} {greatest.max(initial=0.0):.4g} {per_volume}"
    for number, threshold in enumerate(account.thresholds):
        above = found["above"][:, number, : question.bins].any(axis=0)
        passed = np.count_nonzero(above.reshape(-1, question.cells.cells).any(axis=0))
        yield f"above {threshold:.4g} {per_volume} in {passed:,} of {question.cells.cells:,} {where}s at some sampling time"


_BRIEF: Mapping[str, str] = {
    "inside": "in the cells",
    "outside": "in the water elsewhere",
    "on_dry": "on dry flats",
    "on_shore": "on the shore",
    "on_bed": "on the bed",
    "settled": "settled",
    "exited": "exited",
    "dead": "dead",
    "decayed": "decayed",
}


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.3g} %" if whole else "-"
