"""The runs whose tracks must be the same bytes however they are shared out. How they are run is
`workshop`'s."""

import json
from collections.abc import Callable
from pathlib import Path

from generate_forcing import Flow

from .flows import LENGTH, WIDTH, channel, gyres, without
from .workshop import ESTUARY, HOUR, Tree

EVERYWHERE = [420000.0, 5541900.0, 445300.0, 5552100.0]
FORCING = {"files": [str(ESTUARY / "estA_000*.nc")]}
OPEN = {"open": str(ESTUARY / "estA_obc.dat")}
MIDDLE = [0.35 * LENGTH, 0.2 * WIDTH, 0.65 * LENGTH, 0.8 * WIDTH]
ALL = [0.0, 0.0, LENGTH, WIDTH]


def everywhere(folder: Path) -> Tree:
    """The estuary of the quickstart: 656 dry elements, a river, an open boundary."""
    return {
        "seed": 42, "forcing": {**FORCING, "projection": "EPSG:32630"}, "time": {"duration": "3h"}, "boundary": OPEN,
        "release": [{"count": 500, "box": EVERYWHERE}],
        "output": {"every": "20min", "variables": ["temp", "salinity", "u", "v", "omega", "kh", "zeta", "age", "water_depth"]},
    }  # fmt: skip


def one_element(folder: Path) -> Tree:
    """All in one element of the estuary, so that it belongs to several workers; then they spread."""
    return {
        "forcing": FORCING, "time": {"duration": "4h"}, "boundary": OPEN,
        "release": [{"count": 600, "point": [433000.0, 5547000.0], "radius": "5m", "depth": ["0m", "8m"]}],
        "output": {"every": "30min"},
    }  # fmt: skip


def released_over_time(folder: Path) -> Tree:
    """One a step, some at output times, some at frame times, some at the very end of a run that ends within a
    step."""
    box = {"box": EVERYWHERE}
    return {
        "forcing": FORCING, "boundary": OPEN, "time": {"start": "30min", "end": "213min", "step": "2min"},
        "release": [
            {"name": "stream", "count": 2, "every": "2min", "depth": "surface", **box},
            {"name": "at outputs", "count": 10, "every": "20min", "depth": "bottom", **box},
            {"name": "at frames", "count": 10, "start": "1h", "every": "1h", "depth": "3m", **box},
            {"name": "at the end", "count": 10, "start": "213min", "sigma": -0.5, **box},
        ],
        "output": {"every": "20min", "variables": ["age", "temp"]},
    }  # fmt: skip


def courant_20(folder: Path) -> Tree:
    """Steps as long as the frame interval in a fast flow: each crosses pieces and meets the coast."""
    forcing = channel(
        folder / "courant.nc",
        gyres(3.0, drift=3.0),
        length=4 * LENGTH,
        sigma="node",
        elements=6000,
        frames=10,
        every=HOUR // 6,
    )
    return {
        "forcing": {"files": [str(forcing)]}, "time": {"step": "10min"},
        "release": [{"count": 400, "box": [0.0, 0.0, 4 * LENGTH, WIDTH]}],
        "output": {"every": "10min", "variables": ["temp", "u"]},
    }  # fmt: skip


def seven_minutes(folder: Path) -> Tree:
    """Steps that frame times cut, over frames that don't lie on the grid of steps, with outputs beside
    them."""
    forcing = channel(folder / "seven.nc", gyres(1.0), sigma="uneven", frames=8, every=HOUR // 2)
    return {
        "forcing": {"files": [str(forcing)]}, "time": {"start": "11min", "step": "7min"}, "boundary": {"coast": "reflect"},
        "release": [{"count": 200, "box": ALL}, {"count": 1, "every": "7min", "box": MIDDLE}],
        "output": {"every": "21min"},
    }  # fmt: skip


def beach(folder: Path) -> Tree:
    """A bed that rises above the falling water, a coast that holds what comes to it, a quarter of an end
    open."""
    forcing = channel(
        folder / "beach.nc", gyres(0.8, drift=0.2), wet=True, h=lambda x, y: 12.0 - 14.0 * y / WIDTH, frames=6
    )
    right_end = [[9_999.0, -1.0], [10_001.0, -1.0], [10_001.0, 600.0], [9_999.0, 600.0]]
    return {
        "forcing": {"files": [str(forcing)]}, "time": {"step": "5min"}, "release": [{"count": 500, "box": ALL}],
        "boundary": {"coast": "strand", "open": right_end}, "output": {"every": "30min"},
    }  # fmt: skip


def faster(folder: Path) -> Tree:
    """Slow water that speeds up to ten times what the pieces were cut for: they must be widened."""
    forcing = channel(folder / "faster.nc", gyres(0.1, growth=29.0), elements=1000, frames=4)
    return {
        "forcing": {"files": [str(forcing)], "time_interpolation": "linear"}, "time": {"step": "15min"},
        "release": [{"count": 400, "box": ALL}],
        "output": {"every": "1h"},
    }  # fmt: skip


def cloud(folder: Path) -> Tree:
    """A cloud that is carried along the channel, out of one piece after the other: new cuts must be made."""
    flow = gyres(0.3, drift=0.35)
    forcing = channel(folder / "cloud.nc", flow, frames=7)
    return {
        "forcing": {"files": [str(forcing)]}, "time": {"step": "5min"}, "boundary": {"open": str(folder / "cloud_obc.dat")},
        "release": [{"count": 300, "point": [800.0, 1200.0], "radius": "300m"}], "output": {"every": "1h"},
    }  # fmt: skip


def two_elements(folder: Path) -> Tree:
    """More workers than elements."""
    forcing = channel(folder / "two.nc", gyres(0.2), elements=2)
    return {
        "forcing": {"files": [str(forcing)]}, "time": {"step": "10min"}, "release": [{"count": 50, "box": ALL}],
        "output": {"every": "1h"},
    }  # fmt: skip


def globe(folder: Path) -> Tree:
    """Degrees of longitude and latitude."""
    forcing = channel(folder / "globe.nc", gyres(0.8), coordinates="geographic", sigma="node")
    return {
        "forcing": {"files": [str(forcing)]}, "time": {"step": "10min"},
        "release": [{"count": 300, "box": [-4.0, 50.0, -3.8, 50.1]}],
        "output": {"every": "30min", "variables": ["u", "v", "salinity"]},
    }  # fmt: skip


def by_ww(folder: Path) -> Tree:
    """Omega worked out from ww at the nodes, by every worker for its own piece."""
    forcing = channel(folder / "ww.nc", without(gyres(0.8), "omega"), wet=True)
    return {
        "forcing": {"files": [str(forcing)]}, "time": {"step": "10min"}, "release": [{"count": 300, "box": ALL}],
        "output": {"every": "1h"}, "advection": {"vertical_velocity": "ww"},
    }  # fmt: skip


def by_continuity(folder: Path) -> Tree:
    """Omega rebuilt from the flow at the nodes, by every worker for its own piece."""
    return {**by_ww(folder), "advection": {}, "forcing": {"files": [str(
        channel(folder / "continuity.nc", without(gyres(0.8), "omega", "ww"), sigma="node", wet=True)
    )]}}  # fmt: skip


def held(folder: Path) -> Tree:
    """Held at 5 m, where the water is deep enough; released one after the other."""
    tree = everywhere(folder)
    tree["release"] += [{"count": 2, "every": "2min", "box": EVERYWHERE}]
    return {**tree, "advection": {"depth": "5m"}}


def backward(folder: Path) -> Tree:
    """From the end to the start, released on the way."""
    tree = released_over_time(folder)
    tree["time"] = {"start": "31min", "end": "214min", "step": "2min", "direction": "backward"}
    tree["release"][0] |= {"start": "32min"}
    tree["release"][1] |= {"start": "34min"}
    tree["release"][3] |= {"start": "31min"}
    return tree


def depth_mean(folder: Path) -> Tree:
    """The depth mean of the estuary."""
    return {**everywhere(folder), "advection": {"dimension": "2d"}}


def no_flow(folder: Path) -> Tree:
    """Nothing moves: nobody ever has anything to hand on."""
    still = Flow(
        u=lambda x, y, s, t: 0 * x * s, v=lambda x, y, s, t: 0 * x * s, omega=lambda x, y, s, t: 0 * x * s
    )
    forcing = channel(folder / "still.nc", still, frames=3)
    return {
        "forcing": {"files": [str(forcing)]}, "time": {"step": "10min"}, "release": [{"count": 100, "box": ALL}],
        "output": {"every": "1h"},
    }  # fmt: skip


def stirred(folder: Path) -> Tree:
    """Both random walks by the files' own diffusivities, cubic in time, a field along the tracks, an alert
    never true."""
    tree = everywhere(folder)
    tree["forcing"] |= {"time_interpolation": "cubic"}
    tree["output"]["variables"] += ["warmth"]
    return {
        **tree, "diffusion": {"vertical": "kh", "horizontal": "viscofh"}, "seed": 2**63 + 5,
        "field": [{"name": "warmth", "expression": "max(temp - 13, 0) * exp(-zeta)"}],
        "alert": [{"when": "mean(warmth) > 100 and count(age > 0) > 1e9", "every": "7min"}],
    }  # fmt: skip


def sheared_walk(folder: Path) -> Tree:
    """Across by Smagorinsky's diffusivity, up and down by a constant, linear in time; coasts hold what the
    flow brings."""
    tree = released_over_time(folder)
    tree["forcing"] = {**FORCING, "time_interpolation": "linear"}
    return {
        **tree, "diffusion": {"vertical": "0.001 m2/s", "horizontal": "smagorinsky", "scheme": "visser"},
        "boundary": {**OPEN, "coast": "strand"},
    }  # fmt: skip


def mud(folder: Path) -> Tree:
    """What sinks through the mixing onto a bed that keeps it, and decays there too, by the water's warmth."""
    tree = everywhere(folder)
    tree["release"][0] |= {"mass": "500 kg"}
    return {
        **tree, "field": [{"name": "pace", "expression": "1 + 0.2 * temp"}],
        "diffusion": {"vertical": "kh", "horizontal": "1 m2/s"}, "behaviour": {"settling": "2 mm/s", "decay": {"rate": "pace"}},
        "boundary": {**OPEN, "bottom": "deposit"},
    }  # fmt: skip


REEFS = {"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": "EPSG:32630"}}, "features": [
    {"type": "Feature", "properties": {"name": name}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    for name, ring in (
        ("west", [[424000.0, 5542000.0], [431000.0, 5542000.0], [431000.0, 5548000.0], [424000.0, 5548000.0]]),
        ("east", [[433000.0, 5545000.0], [438000.0, 5545000.0], [438000.0, 5549000.0], [435000.0, 5552000.0]]),
    )
]}  # fmt: skip


def larvae(folder: Path) -> Tree:
    """Larvae that grow and die by the water's warmth, swim up and down with the sun, and settle on two reefs
    when grown; each stands for many, that light kills."""
    (folder / "reefs.geojson").write_text(json.dumps(REEFS))
    tree = everywhere(folder)
    tree["release"][0] |= {"number": 1e9}
    tree["output"] = {"every": "20min", "variables": ["development", "hazard_left", "age", "temp"]}
    return {
        **tree, "diffusion": {"vertical": "kh", "horizontal": "1 m2/s"}, "time": {"duration": "5h"},
        "field": [{"name": "growth", "expression": "max(temp - 10, 0)"}, {"name": "deaths", "expression": "1 + 0.2 * temp"}],
        "behaviour": {
            "growth": "growth", "mortality": "deaths", "lifespan": "270min", "competency": [0.1, 0.6],
            "settlement": str(folder / "reefs.geojson"), "decay": {"t90": "5h", "light": "0.2 m2/MJ", "attenuation": "0.5 1/m"},
            "migration": {"day": "6m", "night": "1m", "speed": "2 mm/s"},
        },
        "alert": [{"when": "mean(development) > 0.2"}],
    }  # fmt: skip


def plastic(folder: Path) -> Tree:
    """What floats, each at its own speed, goes with the wind, strands and gets afloat again; a mass in time, and at once,
    that decays."""
    tree = released_over_time(folder)
    for release, amount in zip(
        tree["release"],
        ({"rate": "3 kg/h"}, {"mass": "1 g"}, {"rate": "1 t/day"}, {"mass": 2.0}),
        strict=True,
    ):
        release |= amount
    return {
        **tree, "behaviour": {"settling": {"mean": "-1 mm/s", "sd": "0.5 mm/s"}, "windage": "3 %", "windage_depth": "1m",
                               "decay": {"half_life": "1h"}},
        "diffusion": {"vertical": "kh", "horizontal": "5 m2/s"}, "boundary": {**OPEN, "coast": "strand", "refloat": "20min"},
        "advection": {"stokes_drift": ["uwind_speed", "vwind_speed"], "stokes_depth": "2m"},
    }  # fmt: skip


def stirred_up(folder: Path) -> Tree:
    """Grains of many sizes that sink, are taken up by fast water and sink again; the drift of the waves is
    the flow once more."""
    return {
        **everywhere(folder), "diffusion": {"vertical": "kh", "horizontal": "smagorinsky"},
        "behaviour": {"settling": {"grain": ["0.02 mm", "0.1 mm"], "density": "2650 kg/m3"}},
        "boundary": {**OPEN, "bottom": "deposit", "resuspension": "0.5 cm/s"},
        "advection": {"stokes_drift": ["u", "v"]},
    }  # fmt: skip


SWIM = """
from numba import njit
from fvdrift_kernels.own import normal, uniform
from fvdrift_kernels.state import ACTIVE, DEAD

@njit
def swim(age, dt, temp, salinity, depth, state, random):
    state.energy -= 1e-5 * dt * uniform(random, 0)
    state.warmth = temp
    state.steps += 1
    up = 0.002 * normal(random, 0) + (0.001 if depth > 3.0 else -0.001)
    return 0.05 * (uniform(random, 1) - 0.5), 0.02, up, DEAD if state.energy < 0 else ACTIVE
"""


def own_behaviour(folder: Path) -> Tree:
    """A behaviour of the user's own, with numbers of its own, beside the random walk."""
    (folder / "swimmers.py").write_text(SWIM)
    tree = released_over_time(folder)
    tree["output"] = {"every": "20min", "variables": ["energy", "warmth", "steps", "temp"]}
    return {
        **tree, "diffusion": {"vertical": "kh", "horizontal": "viscofh"},
        "behaviour": {
            "custom": f"{folder / 'swimmers.py'}:swim", "state": {"energy": 0.05, "warmth": 0.0, "steps": 0.0},
        },
    }  # fmt: skip


CASES: dict[str, Callable[[Path], Tree]] = {
    case.__name__: case
    for case in (
        everywhere, one_element, released_over_time, courant_20, seven_minutes, beach, faster, cloud, two_elements, globe,
        by_ww, by_continuity, held, depth_mean, backward, no_flow, stirred, sheared_walk, mud,
        larvae, plastic, stirred_up, own_behaviour,
    )
}  # fmt: skip
