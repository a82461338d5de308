"""What a worker makes of the behaviour it was ordered: the columns particles begin with, and the options of
the kernels.

What is ordered, and whether it can be, is decided before (`behaviour_plan`); the physics is in
fvdrift_kernels.
"""

import math

import numpy as np

from fvdrift.fields import TimeLevel, course_of_bed, rows_of, walk_between
from fvdrift.forcing import VELOCITIES, Window, sign_of
from fvdrift.mesh import Subdomain
from fvdrift.orders import BehaviourOrder, Sample, WorkOrder
from fvdrift.timeline import Schedule
from fvdrift.tools.particle_arrays import for_kernels
from fvdrift_kernels import options
from fvdrift_kernels.habitat import Habitat
from fvdrift_kernels.lanes import LANES
from fvdrift_kernels.life import draw_hazards, draw_settling_speeds
from fvdrift_kernels.node_field import NodeField
from fvdrift_kernels.own import Own
from fvdrift_kernels.philox import signed_seed
from fvdrift_kernels.state import ACTIVE, DEPOSITED, PARTICLE, STRANDED
from fvdrift_kernels.sun import sun_directions

DAY = 86_400_000_000  # microseconds


def moving_statuses(order: WorkOrder) -> tuple[int, ...]:
    """Statuses of particles that take steps: the active, and those that bed or shore may let go again."""
    behaviour = order.behaviour
    statuses = [ACTIVE]
    if behaviour is not None and behaviour.refloat is not None:
        statuses.append(STRANDED)
    if behaviour is not None and behaviour.resuspension is not None:
        statuses.append(DEPOSITED)
    return tuple(statuses)


def with_first_columns(particles: np.ndarray, order: WorkOrder) -> np.ndarray:
    """New particles (PARTICLE) with the columns they begin with."""
    behaviour = order.behaviour
    if behaviour is None or not behaviour.columns:
        return particles
    made = np.zeros(len(particles), order.particle_type)
    for name in PARTICLE.names or ():
        made[name] = particles[name]
    for name, value in behaviour.columns.items():
        made["state"][name] = value
    seed = signed_seed(order.seed)
    if "hazard_left" in behaviour.columns:
        draw_hazards(for_kernels(made), seed)
    settling = behaviour.settling
    if "settling_speed" in behaviour.columns and settling is not None:
        draw_settling_speeds(
            for_kernels(made),
            seed,
            settling.kind == "normal",
            settling.kind == "grain",
            settling.first,
            settling.second,
        )
    return made


def beside_flow(
    order: WorkOrder,
    own_kind: type[Own] | None,
    piece: Subdomain,
    window: Window,
    levels: dict[int, TimeLevel],
    schedule: Schedule,
) -> options.BesideFlow | None:
    """All that happens to particles between two levels beside being carried by the flow; window: of the
    frames that velocity is taken from; own_kind: what the user's own behaviour is called by
    (`own_behaviour.build`)."""
    if order.behaviour is None and order.walk is None:
        return None
    first, second = pair = levels[window.first], levels[window.second]
    asked, walk = order.behaviour or BehaviourOrder(), None
    if order.walk is not None:
        walk = walk_between(first.fields, second.fields, first.mixing, second.mixing, order.walk)
    light = _sunlight(piece, schedule, order.direction) if asked.sun else None
    own = None
    if asked.own is not None and own_kind is not None:
        seen = tuple(_field_forward(sample, pair, order.direction) for sample in asked.own.samples)
        own = own_kind(seen, order.direction, asked.own.level)
    kept = for_kernels(np.zeros(LANES, order.particle_type["state"])) if asked.columns else None
    return options.BesideFlow(
        seed=signed_seed(order.seed),
        direction=order.direction,
        walk=walk,
        rise=_rise(asked, order.direction),
        migration=_migration(asked, light, schedule, order.direction),
        windage=_windage(asked, pair, order.direction),
        bed=_bed(asked, window, levels),
        shore=None if asked.refloat is None else options.Refloating(math.log(2.0) / asked.refloat),
        life=_life(asked, pair),
        settlement=_settlement(asked, piece),
        own=own,
        light=light if own is not None else None,
        columns=None if kept is None else options.Columns(kept),
    )


def _field(sample: Sample, pair: tuple[TimeLevel, TimeLevel]) -> NodeField:
    first, second = (rows_of(level, sample.name) for level in pair)
    return NodeField(first, second, int(sample.vertical == "level"))


def _field_forward(sample: Sample, pair: tuple[TimeLevel, TimeLevel], direction: int) -> NodeField:
    """The same as it is in the files, where frames hold velocities of the way back."""
    field = _field(sample, pair)
    if direction < 0 and sample.name in VELOCITIES:
        return field._replace(first=-field.first, second=-field.second)
    return field


def _rise(asked: BehaviourOrder, direction: int) -> options.Rise | options.OwnRise | None:
    if asked.settling is None or asked.settling.off:
        return None
    if asked.settling.kind == "constant":
        return options.Rise(-direction * asked.settling.first)
    return options.OwnRise(-float(direction))


def _sunlight(piece: Subdomain, schedule: Schedule, direction: int) -> options.Sunlight:
    sun = np.empty((schedule.steps, 3))
    sun_directions(direction * schedule.times[1:], sun)
    return options.Sunlight(piece.given["up"], sun)


def _migration(
    asked: BehaviourOrder, light: options.Sunlight | None, schedule: Schedule, direction: int
) -> options.Migration | None:
    wish = asked.migration
    if wish is None:
        return None
    lit: options.Sunlight | options.ClockLight | None = light
    if wish.dawn is not None and wish.dusk is not None:
        clock = (direction * schedule.times[1:]) % DAY
        day = (clock >= wish.dawn) & (clock < wish.dusk)
        if wish.dusk < wish.dawn:
            day = (clock >= wish.dawn) | (clock < wish.dusk)
        lit = options.ClockLight(day.astype(np.uint8))
    assert lit is not None
    return options.Migration(wish.day, wish.night, wish.speed, lit)


def _windage(
    asked: BehaviourOrder, pair: tuple[TimeLevel, TimeLevel], direction: int
) -> options.Windage | None:
    if asked.windage == 0:
        return None
    u, v = ([sign_of(name, direction) * rows_of(level, name)[0] for level in pair] for name in asked.wind)
    return options.Windage(asked.windage, asked.windage_depth, *u, *v)


def _bed(
    asked: BehaviourOrder, window: Window, levels: dict[int, TimeLevel]
) -> options.KeepingBed | options.ErodibleBed | None:
    if asked.resuspension is not None:
        return options.ErodibleBed(asked.resuspension, course_of_bed(window, levels))
    return options.KeepingBed() if asked.deposits else None


def _rate(
    rate: float | Sample | None, pair: tuple[TimeLevel, TimeLevel]
) -> options.ConstantRate | options.FieldRate | None:
    if rate is None:
        return None
    return options.FieldRate(_field(rate, pair)) if isinstance(rate, Sample) else options.ConstantRate(rate)


def _life(asked: BehaviourOrder, pair: tuple[TimeLevel, TimeLevel]) -> options.Life | None:
    if asked.lifespan is None and asked.mortality is None and asked.growth is None:
        return None
    lifespan = math.inf if asked.lifespan is None else asked.lifespan
    return options.Life(lifespan, _rate(asked.mortality, pair), _rate(asked.growth, pair))


def _settlement(asked: BehaviourOrder, piece: Subdomain) -> options.Settlement | None:
    polygons, when = asked.polygons, asked.competency
    if polygons is None:
        return None
    habitat = Habitat(piece.given["habitat"], polygons.outlines)
    if when is None:
        return options.Settlement(options.ByAge(0.0, math.inf), habitat)
    kind = options.ByAge if when.by == "age" else options.ByDevelopment
    return options.Settlement(kind(when.first, when.last), habitat)
