"""The hook for the user's own behaviour: what the loop calls, and the random numbers a behaviour may draw.

How the user's file is read and checked is elsewhere (`fvdrift.own_behaviour`).

    from fvdrift_kernels.own import normal, uniform

    def swim(depth, temp, random):
        return 0.001 * normal(random, 0) if uniform(random, 0) < 0.5 else 0.0

Every draw of a step has a number, 0 to 1000, which the caller chooses: the same number gives the same value
again, different ones independent values; `uniform` and `normal` share none. Nothing else may be drawn from:
the values depend on seed, particle, step and number alone, so they are the same for any number of workers and
after any restart.
"""

import functools
import math
import sys
from collections.abc import Callable, Collection
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import numba
import numpy as np
from numba import types
from numba.extending import overload

from .jit import _INLINED, _OPTIONS, DEBUG, _without_lock, chosen_by_type, kernel
from .keeping import kept
from .node_field import node_value
from .philox import BEHAVIOUR, random_words, two_uniforms, uniform_from_words, use_word
from .state import ACTIVE, DEAD, SETTLED

# What `own_move` gives as status where the function returned a number that is not finite, or a status that is
# none of the three; nothing moves then, and no particle may be left so.
UNUSABLE = -1

# The user's functions may make small arrays and lists (np.interp does): each costs some 20 ns. One that makes
# none is as fast as without (0.9 ns a call).
_own_function = numba.njit(**{**_OPTIONS, "_nrt": True})


class Draw(NamedTuple):
    """What a random number of a behaviour depends on, beside its own number: all 64-bit integers; seed as
    signed_seed gives it, part: of a cut step, 0 or 1."""

    seed: int
    particle: int
    step: int
    part: int


class Own(NamedTuple):
    """The user's own behaviour. fields: the NodeFields that its function asks for, in the order it names
    them; direction: of time, 1 or -1; level: whether particles keep their place in the column, so that
    nothing may go up or down.

    Never used itself: `use` makes a subclass for every behaviour, so that compiled code of one is not taken
    for another's.
    """

    fields: tuple
    direction: int = 1
    level: bool = False


@kernel
def uniform(random, n):
    """A uniform number in (0, 1), of 52 bits: number `n` of this step."""
    a, b, _, _ = random_words(
        random.seed, random.particle, random.step, use_word(BEHAVIOUR, random.part, 2 * int(n))
    )
    return uniform_from_words(a, b)


@kernel
def normal(random, n):
    """A standard normal number: number `n` of this step. G. E. P. Box, M. E. Muller, Ann. Math. Stat. 29, 610
    (1958)."""
    u, v = two_uniforms(
        random.seed, random.particle, random.step, use_word(BEHAVIOUR, random.part, 2 * int(n) + 1)
    )
    return math.sqrt(-2.0 * math.log(u)) * math.cos(2.0 * math.pi * v)


@chosen_by_type
def own_move(own, state, age, dt, time, x, y, depth, water_depth, sigma, sun, random, mesh, e, fraction):
    """Velocity (east, north, up; m/s) and status (ACTIVE, DEAD, SETTLED) that the own behaviour gives a
    particle.

    state: record of its own numbers, changed; age, dt: s; time: s since 1970; depth: m below the surface;
    sun: sine of its elevation; random: Draw; the particle is in element `e`, `fraction` of the way between
    two frames. In a backward run the velocity is that of the way back: the opposite of what the function
    returned. UNUSABLE, with no velocity, where the function returned what cannot be used.
    """


@own_move.when(None)
def _no_move(own, state, age, dt, time, x, y, depth, water_depth, sigma, sun, random, mesh, e, fraction):
    return 0.0, 0.0, 0.0, ACTIVE


def state_type(names: Collection[str]) -> np.dtype:
    """The record of a behaviour's own numbers."""
    return np.dtype([(name, np.float64) for name in names], align=True)


class _Columns:
    """A record by attributes with compiling off: np.record would give its own `size` or `mean` for columns so
    named."""

    def __init__(self, record):
        object.__setattr__(self, "_record", record)

    def __getattr__(self, name):
        return self._record[name]

    def __setattr__(self, name, value):
        self._record[name] = value


@kernel
def whole(random):
    """A Draw whose numbers are all 64-bit integers: the user's function is compiled for one type of it
    only."""
    return Draw(int(random.seed), int(random.particle), int(random.step), int(random.part))


# What a function can ask for by the name of a parameter, and how it gets it; any other name is a variable on
# nodes.
QUANTITIES = {
    **{
        name: f"np.float64({name})"
        for name in ("age", "dt", "time", "x", "y", "depth", "water_depth", "sigma", "sun")
    },
    "direction": "np.float64(own.direction)",
    "state": "columns(state)" if DEBUG else "state",
    "random": "whole(random)",
}


def adapter_text(parameters: Collection[str]) -> str:
    """The source of a function with the arguments of `own_move` that calls `function` with those it names."""
    fields = [name for name in parameters if name not in QUANTITIES]
    arguments = [
        QUANTITIES.get(name)
        or f"node_value(own.fields[{fields.index(name)}], mesh, e, x, y, sigma, fraction)"
        for name in parameters
    ]
    given = "own, state, age, dt, time, x, y, depth, water_depth, sigma, sun, random, mesh, e, fraction"
    return f"def adapter({given}):\n    return function({', '.join(arguments)})\n"


def compiled(module: ModuleType, name: str, digest: str) -> Any:
    """Function `name` of a module, to be compiled as all functions of it that it may call: by our options.

    The module becomes one that Numba finds by its name, which is part of the names in the machine code.
    """
    if not DEBUG:
        module.__name__ = _module_name(digest)
        sys.modules[module.__name__] = module
        made: dict[FunctionType, Any] = {}

        def ours(value: Any) -> Any:
            if not isinstance(value, FunctionType) or value.__globals__ is not vars(module):
                return value
            if value not in made:
                value.__module__ = module.__name__
                made[value] = _own_function(value)
                for cell in value.__closure__ or ():
                    cell.cell_contents = ours(cell.cell_contents)
            return made[value]

        vars(module).update({word: ours(value) for word, value in vars(module).items()})
    return getattr(module, name)


def returned_type(
    function: Any, parameters: Collection[str], state: Collection[str], digest: str
) -> types.Type:
    """What a `compiled` function returns, found by compiling it by itself for the arguments that `own_move`
    will give it."""
    kept(function, digest)
    given = {"state": numba.from_dtype(state_type(state)), "random": numba.typeof(Draw(1, 1, 1, 1))}
    arguments = tuple(given.get(name, types.float64) for name in parameters)
    function.compile(arguments)
    return function.overloads[arguments].signature.return_type


def use(function: Any, parameters: Collection[str], digest: str) -> type[Own]:
    """Let `own_move` call a `compiled` function for the type of Own that is returned.

    digest: a word that no other function has, nor this one from other sources.
    """
    namespace = {"__name__": _module_name(digest), "function": function, "np": np, "node_value": node_value}
    namespace |= {"whole": whole, "columns": _Columns}
    exec(adapter_text(parameters), namespace)
    adapter = kernel(namespace["adapter"])

    def move(own, state, age, dt, time, x, y, depth, water_depth, sigma, sun, random, mesh, e, fraction):
        returned = adapter(
            own, state, age, dt, time, x, y, depth, water_depth, sigma, sun, random, mesh, e, fraction
        )
        return usable(in_full(returned), own)

    kind = own_type(digest)
    own_move.when(kind)(move)
    return kind


@functools.cache
def apart(entry: Any, digest: str) -> Any:
    """An entry point once more, that loads and keeps its compiled code in a folder of the name `digest`: two
    behaviours at a time cannot get into each other's way there, and what is compiled without them stays where
    all find it."""
    if DEBUG:
        return entry
    return kept(_without_lock(entry.py_func), digest)


def _module_name(digest: str) -> str:
    return f"fvdrift_own_{digest}"


@functools.cache
def own_type(digest: str) -> type[Own]:
    """The subclass of Own of one behaviour."""
    return type(f"Own_{digest}", (Own,), {"__slots__": (), "__module__": __name__})


def __getattr__(name: str) -> type[Own]:
    """The types of `own_type` as members of this module: Numba's cache looks for them here."""
    if name.startswith("Own_"):
        return own_type(name.removeprefix("Own_"))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


# What a function returns, in its three forms, made one; how many numbers there are is known when it is
# compiled.


def _up(returned):
    return 0.0, 0.0, np.float64(returned), ACTIVE


def _velocity(returned):
    return np.float64(returned[0]), np.float64(returned[1]), np.float64(returned[2]), ACTIVE


def _velocity_and_status(returned):
    return np.float64(returned[0]), np.float64(returned[1]), np.float64(returned[2]), int(returned[3])


_FORMS: dict[int, Callable] = {0: _up, 3: _velocity, 4: _velocity_and_status}


def in_full(returned):
    """(east, north, up, status) from what the user's function returned."""
    return _FORMS[len(returned) if isinstance(returned, tuple) else 0](returned)


def fits(returned: Any) -> bool:
    """Whether a function can be used that returns this, a type of Numba's."""
    real = types.Integer, types.Float
    if isinstance(returned, types.BaseTuple):
        parts: Any = returned
        velocity, status = parts.types[:3], parts.types[3:]
        numbers = all(isinstance(one, real) for one in velocity) and all(
            isinstance(one, types.Integer) for one in status
        )
        return len(parts) in (3, 4) and numbers
    return isinstance(returned, real)


if not DEBUG:

    @overload(in_full, strict=False, jit_options=_INLINED)
    def _in_full(returned):
        if not fits(returned):
            return None
        return _FORMS[len(returned) if isinstance(returned, types.BaseTuple) else 0]


@kernel
def usable(move, own):
    """(east, north, up, status) as it acts in the run, or UNUSABLE."""
    east, north, up, status = move
    known = status == ACTIVE or (own.direction > 0 and status in (DEAD, SETTLED))
    if known and math.isfinite(east + north + up) and (up == 0.0 or not own.level):
        return own.direction * east, own.direction * north, own.direction * up, status
    return 0.0, 0.0, 0.0, UNUSABLE
