"""What the run file asks particles to do beside being carried, checked against what the forcing has. Nothing
moves here."""

import difflib
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.forcing import Series
from fvdrift.mesh import ToRun, WholeMesh, read_polygons
from fvdrift.orders import BehaviourOrder, Sample, StokesOrder
from fvdrift.output import OutputVariable
from fvdrift.settings import RunFile
from fvdrift_kernels.sun import verticals

from .own import check, read_own

_MICROSECONDS = 1e6
_OPTIONAL = ("migration", "lifespan", "mortality", "growth", "settlement", "custom")
_DESCRIBED = {
    "settling_speed": ("m s-1", "speed of sinking through the water", 0.0),
    "development": ("1", "development since release", 0.0),
    "hazard_left": ("1", "mortality times time that the particle still lives through", 0.0),
    "habitat": ("1", "number of the habitat that the particle has settled in, -1: none", -1.0),
}


class Columns(NamedTuple):
    """What every particle carries: by name, the value it begins with, and how tracks describe it."""

    begin: dict[str, float]
    described: dict[str, OutputVariable]


def columns_of(run_file: RunFile) -> Columns:
    """The columns that the behaviour needs, and those of the user's own."""
    asked = run_file.behaviour
    needed = {
        "settling_speed": not asked.settling.off and asked.settling.kind != "constant",
        "development": asked.growth is not None,
        "hazard_left": asked.mortality is not None,
        "habitat": asked.settlement is not None,
    }
    names = [name for name, wish in needed.items() if wish]
    begin = {name: _DESCRIBED[name][2] for name in names} | dict(asked.state)
    described = {name: OutputVariable(name, *_DESCRIBED[name][:2]) for name in names}
    described |= {
        name: OutputVariable(name, "1", f"{name}, kept by the own behaviour") for name in asked.state
    }
    return Columns(begin, described)


def plan_behaviour(
    run_file: RunFile,
    series: Series,
    kind: str,
    known: Mapping[str, Sample],
    columns: Mapping[str, float],
    to_run: ToRun,
) -> BehaviourOrder | None:
    """The order of the run file to the workers, or None where particles only drift.

    known: the variables there are, by name; columns: what particles carry, with first values. Raises
    RunFileError with all that is wrong.
    """
    asked, bed, where = run_file.behaviour, run_file.boundary, run_file.path.name
    # of a bed that keeps what it gets there is nothing to keep where nothing but the flow moves particles up
    # and down
    keeping = bed.bottom == "deposit" and run_file.diffusion.vertical is not None
    keeping = keeping or (bed.bottom == "deposit" and kind != "3d")  # refused below
    active = (
        keeping,
        not asked.settling.off,
        asked.windage,
        *(getattr(asked, name) for name in _OPTIONAL),
        bed.refloat,
    )
    if not any(it not in (None, False, 0) for it in active):
        return None
    problems = [*_against_dimension(run_file, kind), *_against_direction(run_file)]
    taken = [name for name in asked.state if name in known]
    problems += [f"behaviour.state: {name} is a variable of the forcing: take another name" for name in taken]
    rates: dict[str, float | Sample | None] = {}
    for name in ("mortality", "growth"):
        rate = getattr(asked, name)
        rates[name] = rate if rate is None or isinstance(rate, float) else known.get(rate)
        if isinstance(rate, str):
            problems += _rate_problem(name, rate, known)
    if asked.windage:
        problems += [
            f"behaviour.wind: {problem}" for name in asked.wind if (problem := _not_wind(name, known))
        ]
    lit = series.calendar and series.lon is not None and series.lat is not None
    if asked.migration is not None and asked.migration.dawn is None and not lit:
        missing = "longitude and latitude" if series.calendar else "calendar"
        problems.append(
            f"behaviour.migration: the forcing has no {missing}, so where the sun is is not known; give dawn and dusk, such as "
            'dawn = "06:00", dusk = "18:00"'
        )
    if problems:
        raise RunFileError([f"{where}: {problem}" for problem in problems])
    own = None
    if asked.custom is not None:
        at_nodes = {name: sample for name, sample in known.items() if sample.location == "node"}
        own = check(
            read_own(run_file.resolve(asked.custom.file), asked.custom.function, where),
            columns,
            at_nodes,
            lit,
            backward=run_file.time.direction == "backward",
            level=kind != "3d",
        )
    return BehaviourOrder(
        settling=None if asked.settling.off else asked.settling,
        deposits=bed.bottom == "deposit",
        resuspension=bed.resuspension,
        roughness=bed.roughness,
        refloat=None if bed.refloat is None else bed.refloat / _MICROSECONDS,
        migration=asked.migration,
        windage=asked.windage,
        windage_depth=asked.windage_depth,
        wind=asked.wind,
        lifespan=None if asked.lifespan is None else asked.lifespan / _MICROSECONDS,
        mortality=rates["mortality"],
        growth=rates["growth"],
        competency=asked.competency,
        polygons=None
        if asked.settlement is None
        else read_polygons(run_file.resolve(asked.settlement), to_run),
        own=own,
        sun=(own is not None and "sun" in own.parameters)
        or (asked.migration is not None and asked.migration.dawn is None),
        columns=dict(columns),
    )


def stokes_order(run_file: RunFile, kind: str, known: Mapping[str, Sample]) -> StokesOrder | None:
    """The Stokes drift that the run file asks for. Raises RunFileError."""
    asked, depth = run_file.advection.stokes_drift, run_file.advection.stokes_depth
    if asked is None:
        return None
    where = f"{run_file.path.name}: advection.stokes_drift"
    problems = [f"{where}: {problem}" for name in asked if (problem := _not_on_elements(name, known))]
    if problems:
        raise RunFileError(problems)
    u, v = (known[name] for name in asked)
    if u.vertical != v.vertical:
        raise RunFileError(f"{where}: {u.name} and {v.name} are not given on the same layers")
    if u.vertical != "none" and kind == "2d":
        raise RunFileError(
            f"{where}: {u.name} is given in layers, not as a depth mean; take it away, or set advection.dimension"
        )
    if u.vertical == "none" and kind != "surface" and depth is None:
        raise RunFileError(
            f"{where}: {u.name} is given at the surface only; give advection.stokes_depth, over which it falls to 1/e, such as "
            '"5m" (the wavelength over 4 pi)'
        )
    return StokesOrder(u, v, depth if u.vertical == "none" and kind != "surface" else None, kind == "2d")


def with_given(mesh: WholeMesh, order: BehaviourOrder | None, series: Series) -> tuple[WholeMesh, list[str]]:
    """The mesh with what workers must know of each element for this behaviour (`WholeMesh.given`), and
    sentences about it."""
    given: dict[str, np.ndarray] = {}
    notes: list[str] = []
    if order is not None and order.sun:
        assert series.lon is not None
        assert series.lat is not None
        corners = mesh.file_node[mesh.corners]
        given["up"] = np.empty((mesh.elements, 3))
        verticals(series.lon[corners].mean(axis=1), series.lat[corners].mean(axis=1), given["up"])
    if order is not None and order.polygons is not None:
        given["habitat"], off = order.polygons.codes(mesh)
        notes = [*order.polygons.notes, *off]
    return replace(mesh, given=given), notes


def _against_dimension(run_file: RunFile, kind: str) -> list[str]:
    """What the run file asks for that a run of this dimension can't do."""
    asked, bed = run_file.behaviour, run_file.boundary
    problems = []
    if kind != "3d":
        needs = {
            "behaviour.settling": not asked.settling.off,
            "behaviour.migration": asked.migration is not None,
            "boundary.resuspension": bed.resuspension is not None,
            'boundary.bottom = "deposit"': bed.bottom == "deposit" and bed.resuspension is None,
        }
        problems += [
            f"{key}: needs a 3-D run; take it away, or set advection.dimension"
            for key, wish in needs.items()
            if wish
        ]
    if kind == "2d" and asked.windage:
        problems.append(
            "behaviour.windage: acts at the surface, which a 2-D run doesn't have; set advection.dimension"
        )
    return problems


def _against_direction(run_file: RunFile) -> list[str]:
    """What makes no sense in a run back in time: chances that have been taken already."""
    if run_file.time.direction == "forward":
        return []
    asked, boundary = run_file.behaviour, run_file.boundary
    fates = {
        **{
            f"behaviour.{name}": getattr(asked, name)
            for name in ("mortality", "growth", "lifespan", "settlement")
        },
        "boundary.refloat": boundary.refloat,
        "boundary.resuspension": boundary.resuspension,
    }
    return [
        f"{key}: has no meaning in a backward run; take it away"
        for key, value in fates.items()
        if value is not None
    ]


def _rate_problem(key: str, name: str, known: Mapping[str, Sample]) -> list[str]:
    sample = known.get(name)
    if sample is not None and sample.location == "node":
        return []
    what = (
        f"{name} is given on elements, not on nodes"
        if sample is not None
        else f"there is no variable or [[field]] {name!r}"
    )
    return [f"behaviour.{key}: {what}{_hint(name, known, 'node')}"]


def _not_on_elements(name: str, known: Mapping[str, Sample]) -> str:
    sample = known.get(name)
    if sample is None:
        return f"the forcing has no {name!r}{_hint(name, known, 'element')}"
    return "" if sample.location == "element" else f"{name} is given on nodes, not on elements"


def _not_wind(name: str, known: Mapping[str, Sample]) -> str:
    sample = known.get(name)
    if sample is not None and sample.location == "element" and sample.vertical != "none":
        return f"{name} is given on {sample.vertical}s: that is no wind"
    return _not_on_elements(name, known)


def _hint(name: str, known: Mapping[str, Sample], location: str) -> str:
    near = difflib.get_close_matches(
        name, [n for n, sample in known.items() if sample.location == location], 1
    )
    return f" (did you mean {near[0]}?)" if near else ""
