"""A run on two elements, in memory: it loads or compiles all that a real run of the same kind will call.

So that no worker compiles while others wait for it, and timings of a run hold no compiling.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fvdrift.errors import blamed
from fvdrift.forcing import Fields, TimedFrame, Window
from fvdrift.mesh import Surroundings, cut, cut_subdomain
from fvdrift.mesh import whole_mesh as meshes
from fvdrift.orders import WorkOrder
from fvdrift.timeline import StepGrid, output_times
from fvdrift.tools.particle_arrays import PARTICLE
from fvdrift_kernels.habitat import NOWHERE

from ..messages import Advance, Release, TakeSubdomain
from .subdomain_fields import SubdomainFields
from .worker import Worker

_STEP = 60_000_000


def rehearse(orders: Sequence[WorkOrder], geographic: bool, *, moving_only: bool = False) -> None:
    """Take one particle over one step by the physics of each order, and sample its variables, unless all is about
    moving. Raises RunFileError where own behaviour does not compile."""
    for order in orders:
        with blamed(order.name):
            worker = _moved(order, geographic)
            if not moving_only:
                worker.report(1)


def _moved(order: WorkOrder, geographic: bool, layers: int = 2) -> Worker:
    x, y = np.array([0.0, 1.0, 1.0, 0.0]), np.array([50.0, 50.0, 51.0, 51.0])
    siglev = np.repeat(np.linspace(0.0, -1.0, layers + 1)[:, np.newaxis], 4, axis=1)
    siglev[1:-1, 0] += 0.1 * order.sloping
    siglay = 0.5 * (siglev[1:] + siglev[:-1])
    triangles = np.array([[0, 1, 2], [0, 2, 3]])
    whole = meshes.build(x, y, triangles, siglev, siglay=siglay, geographic=geographic)
    given = {"up": np.tile([1.0, 0.0, 0.0], (2, 1)), "habitat": np.full(2, NOWHERE, np.int32)}
    whole = replace(whole, given=given)
    depth = np.full(4, 10.0, np.float32)
    cuts = cut(np.ones(2, np.int64), 1)
    subdomain = cut_subdomain(
        whole,
        Surroundings(whole),
        depth,
        owned=(0, 2),
        distance=1.0,
        node_rings=order.vertical in ("ww", "continuity"),
    )
    fields = SubdomainFields(0, [order])
    worker = Worker(order, fields)
    frames = [TimedFrame(time, _fields(order, layers)) for time in (0, _STEP)]
    fields.take(TakeSubdomain(subdomain, cuts, frames, redistribute=True), frames)
    window = Window(None, 0, _STEP, None)
    particles = np.zeros(1, PARTICLE)
    particles["x"], particles["y"] = 0.6, 50.3
    here, nothing = np.zeros(1, np.int8), np.zeros(1)
    release = Release(
        particles=particles,
        depth_kind=here,
        upper=nothing,
        lower=nothing,
        window=window,
        amount=np.ones(1),
    )
    worker.release(release)
    grid = StepGrid(0, _STEP, _STEP)
    outputs = tuple(range(len(output_times(grid, _STEP))))
    worker.start_interval(Advance(grid.schedule(0, _STEP), outputs, window, rows=(0,) * len(outputs)))
    worker.integrate()
    return worker


def _fields(order: WorkOrder, layers: int) -> Fields:
    """Still water of the shapes a run of this kind has."""
    rows = {"layer": layers, "level": layers + 1, "none": 1}
    fields: Fields = {
        "u": np.zeros((layers, 2), np.float32),
        "v": np.zeros((layers, 2), np.float32),
        "zeta": np.zeros(4, np.float32),
        "h": np.full(4, 10.0, np.float32),
        "wet": np.ones(2, np.uint8),
        "omega": np.zeros((layers + 1, 4), np.float32),
        "ww": np.zeros((layers, 2), np.float32),
        "kh": np.zeros((layers + 1, 4), np.float32),
        "viscofh": np.zeros((layers, 4), np.float32),
        "nn_hvc": np.zeros(4, np.float32),
    }
    looked_at = [s for alert in order.alerts for s in alert.samples] + [
        s for field in order.fields for s in field.inputs
    ]
    looked_at += [] if order.behaviour is None else order.behaviour.inputs
    looked_at += [] if order.stokes is None else order.stokes[:2]
    looked_at += [] if order.statistics is None else order.statistics.samples
    for sample in (*order.samples, *looked_at):
        places = 2 if sample.location == "element" else 4
        fields.setdefault(sample.name, np.zeros((rows[sample.vertical], places), np.float32))
    return fields
