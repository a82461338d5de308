"""The user's own behaviour from its file: every error with its line, and compiled code that is kept, never
mistaken."""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from fvdrift.behaviour import build, own, own_problems, unusable
from fvdrift.behaviour.own_check import check
from fvdrift.behaviour.own_errors import raised_line
from fvdrift.behaviour.own_source import read_own
from fvdrift.errors import RunFileError
from fvdrift.orders.own import OwnSource
from fvdrift.orders.variable import Sample
from fvdrift_kernels.jit import kernel_called
from fvdrift_kernels.own import Draw, own_move, state_type
from fvdrift_kernels.state import ACTIVE

VARIABLES = {name: Sample(name, "node", "layer") for name in ("temp", "salinity")}
STATE = ("energy", "size")
RANDOM = (
    "its random numbers cannot be repeated on other workers; take `random` among the function's parameters"
)


@pytest.fixture(autouse=True)
def _cache_of_the_test(tmp_path, monkeypatch):
    """What is compiled here is of no use to anybody."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "compiled"))


def written(folder, text, name="my_larvae.py"):
    path = folder / name
    path.write_text(text)
    return path


def checked(path, function="swim", state=STATE, sun_known=True, **way):
    return check(read_own(path, function, "larvae.toml"), state, VARIABLES, sun_known, **way)


def complaint(folder, text, **choices):
    """What is said of a file, one line each, less what all lines begin with."""
    with pytest.raises(RunFileError) as caught:
        checked(written(folder, text), **choices)
    begin = "larvae.toml: behaviour.custom: my_larvae.py:"
    assert all(problem.startswith(begin) and "\n" not in problem for problem in caught.value.problems)
    assert caught.value.exit_code == 2
    return [problem.removeprefix(begin) for problem in caught.value.problems]


@kernel_called
def move(option, particles, age, moves):
    for i in range(len(particles)):
        moves[i, 0], moves[i, 1], moves[i, 2], moves[i, 3] = own_move(
            option,
            particles[i].state,
            age,
            60.0,
            0.0,
            0.0,
            0.0,
            5.0,
            20.0,
            -0.25,
            0.5,
            Draw(1, i, 2, 0),
            None,
            0,
            0.5,
        )


def moves_of(kind, state=STATE, age=100.0, count=1):
    particles = np.zeros(count, np.dtype([("state", state_type(state))]))
    particles["state"]["energy"] = 1.0
    moves = np.empty((count, 4))
    move(kind(()), particles, age, moves)
    return moves, particles["state"]


# reading the file


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path):
    for path in (tmp_path / "nowhere.py", tmp_path):
        with pytest.raises(
            RunFileError, match=f"larvae.toml: behaviour.custom: {path}: cannot be read: .*irectory"
        ):
            checked(path)
    latin = tmp_path / "my_larvae.py"
    latin.write_bytes("def swim(age):\n    # fa\xe7on\n    return 0.0\n".encode("latin-1"))
    with pytest.raises(RunFileError, match=r"my_larvae.py:2: is not UTF-8 text; save the file as UTF-8"):
        checked(latin)
    latin.write_bytes(b"\xef\xbb\xbfdef swim(age):\r\n    return 0.0\r\n")  # of a Windows editor
    checked(latin)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def swim(age)\n    return 0.0\n", "1: is not Python: expected ':'"),
        (
            "\ndef swim(age):\nreturn 0.0\n",
            "3: is not Python: expected an indented block after function definition on line 2",
        ),
        ("return 1\n", "1: is not Python: 'return' outside function"),
        ("x = 1 / 0\n", "1: ZeroDivisionError when the file is run: division by zero"),
        ("def f():\n    return {}['a']\n\nx = f()\n", "2: KeyError when the file is run: there is no 'a'"),
        ("import sys\nsys.exit()\n", "2: SystemExit when the file is run: SystemExit"),
        ("import math\nswim = 3\n", "2: swim is not a function"),
        ("class swim:\n    pass\n", "1: swim is not a function"),
        ("def swim(age):\n    yield 1.0\n", "1: swim must be a plain function, that returns"),
        ("\nasync def swim(age):\n    return 1.0\n", "2: swim must be a plain function, that returns"),
    ],
)
def test_a_file_that_is_not_a_behaviour_is_refused_at_its_line(tmp_path, text, said):
    assert complaint(tmp_path, text) == [said]


def test_a_function_that_is_not_there_is_refused(tmp_path):
    path = written(tmp_path, "def swim(age):\n    return 0.0\n")
    with pytest.raises(RunFileError, match=r"my_larvae.py: has no function swimm \(did you mean swim\?\)"):
        checked(path, "swimm")


@pytest.mark.parametrize(
    ("used", "line", "name"),
    [
        ("import random", 1, "random"),
        ("import math, random as r", 1, "random"),
        ("from random import gauss", 1, "random.gauss"),
        ("import numpy.random as nr", 1, "numpy.random"),
        ("from numpy import random", 1, "numpy.random"),
        ("from numpy.random import default_rng as rng", 1, "numpy.random.default_rng"),
        ("from numpy import *", 1, "numpy.*"),
        ("import numpy as np\nx = np.random.random()", 2, "numpy.random"),
        ("import numpy\nx = numpy.random.default_rng(1)", 2, "numpy.random"),
        ("import numpy as np\nn = np\ndef f():\n    return n.random.normal()\nx = f()", 4, "numpy.random"),
        (
            "def f():\n    import numpy as np\n    return np.random.normal()\ndef g():\n    return f()\nx = g()",
            3,
            "numpy.random",
        ),
        ("from secrets import randbits", 1, "secrets.randbits"),
    ],
)
def test_random_numbers_from_elsewhere_are_refused_with_what_to_use(tmp_path, used, line, name):
    (said,) = complaint(tmp_path, f"{used}\ndef swim(age):\n    return 0.0\n")
    assert said.startswith(f"{line}: {name} cannot be used: {RANDOM}")


def test_what_the_compiled_code_could_not_be_known_to_depend_on_is_refused(tmp_path):
    text = "import math, scipy.special\nfrom . import x\nimport os.path\nfrom my_lab import larvae\n"
    where = "cannot be used: all that the function computes with must be in its file, in math, numpy or fvdrift_kernels"
    assert complaint(tmp_path, text) == [
        f"1: scipy.special {where}",
        f"2: ..x {where}",
        f"4: my_lab.larvae {where}",
    ]


OTHERS = """\
import math
import numpy as np

def plot(tracks, state):
    import matplotlib.pyplot as plt
    from my_lab import style
    plt.plot(tracks, state.happiness, *np.random.normal(size=3))

async def fetch(url, *, timeout=2 * math.pi):
    import random
    yield random.random()

fit = lambda state: np.random.random() + state.krill

class Cohort:
    SIZE = 3
    def draw(self):
        import secrets
        return secrets.randbits(8)

def dive(age, krill, state=None, **more):
    return state.weight + undefined + krill

if __name__ == "__main__":
    import matplotlib
    plot(fit, Cohort)
"""


def test_functions_that_it_does_not_call_may_be_anything(tmp_path):
    order = checked(written(tmp_path, OTHERS + "\ndef swim(age, state):\n    return 0.5 * state.energy\n"))
    moves, _ = moves_of(build(order))
    assert moves[0, 2] == 0.5


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("plot(age, state)", "matplotlib.pyplot cannot be used"),
        ("fit(state)", "numpy.random cannot be used"),
        ("Cohort().draw()", "secrets cannot be used"),
        ("dive(age, age, state)", "there is no state.weight"),
        ("max(map(fit, [state]))", "numpy.random cannot be used"),
    ],
)
def test_functions_that_it_does_call_may_not(tmp_path, call, said):
    swim = f"\ndef swim(age, state):\n    return helper(age, state)\n\ndef helper(age, state):\n    return {call}\n"
    assert said in "\n".join(complaint(tmp_path, OTHERS + swim))


# what the function asks for


def test_what_it_asks_for_and_cannot_have_is_refused_all_at_once(tmp_path):
    parameters = "    age,\n    tmep,\n    dt=60.0,\n    *rest,\n    krill,\n    **more,\n"
    text = f"def other(tmep):\n    return 0.0\n\ndef swim(\n{parameters}):\n    return 0.0\n"
    known = "age, dt, time, x, y, depth, water_depth, sigma, sun, direction, state, random"
    assert complaint(tmp_path, text) == [
        f"6: swim asks for 'tmep', which is neither one of {known} nor a variable on nodes (did you mean temp?)",
        "7: swim gives dt a default: take that away, what it asks for is always given",
        "8: swim takes *rest: its parameters must name what it asks for, one by one",
        "9: swim takes krill: its parameters must name what it asks for, one by one",
        "10: swim takes **more: its parameters must name what it asks for, one by one",
    ]
    (said,) = complaint(tmp_path, "def swim(krill):\n    return 0.0\n")
    assert (
        said
        == f"1: swim asks for 'krill', which is neither one of {known} nor a variable on nodes (temp, salinity)"
    )


def test_state_and_sun_are_refused_where_there_are_none(tmp_path):
    text = "from numba import njit\n@njit\ndef swim(age, state,\n         sun):\n    return 0.0\n"
    assert complaint(tmp_path, text, state=(), sun_known=False) == [
        "3: swim asks for state, but the run file has no [behaviour.state]",
        "4: swim asks for sun, but the forcing has no longitude and latitude, or no calendar",
    ]


@pytest.mark.parametrize(
    ("text", "way", "said"),
    [
        ("def swim(age):\n    return 0.0\n", "backward", "1: swim asks for age, which has no meaning in a backward run;"),
        ("\ndef swim(state, age):\n    return state.size\n", "backward", "2: swim asks for age and state, which"),
        (
            "def swim(depth):\n    return 0.0, 0.0, 0.0, 6 if depth > 9 else 1\n", "backward",
            "1: swim returns a status, which has no meaning in a backward run; return (east, north, up)",
        ),
        (
            "def swim(depth):\n    return 0.0\n", "level",
            "1: swim returns a motion up or down, which needs a 3-D run; return (east, north, 0.0), or set advection.dimension",
        ),
    ],
)  # fmt: skip
def test_what_has_no_place_in_the_run_is_refused(tmp_path, text, way, said):
    (found,) = complaint(tmp_path, text, **{way: True})
    assert found.startswith(said)
    checked(written(tmp_path, text))


def test_a_variable_of_the_name_of_the_way_of_time_is_not_taken_for_it(tmp_path, monkeypatch):
    monkeypatch.setitem(VARIABLES, "direction", Sample("direction", "node", "none"))
    (said,) = complaint(tmp_path, "def swim(direction):\n    return 0.0\n")
    assert said.startswith(
        "1: swim asks for direction, which is that of time and a variable too: give the variable"
    )


def test_who_asks_which_way_time_runs_may_have_all(tmp_path):
    text = "def swim(age, state, direction):\n    return 0.0, 0.0, state.size, 6 if age > 9 and direction > 0 else 1\n"
    order = checked(written(tmp_path, text), backward=True)
    assert "status that is not ACTIVE, the only one of a backward run" in str(unusable(order, 12))
    flat = checked(written(tmp_path, "def swim():\n    return 0.1, 0.0, 1.0\n"), level=True)
    assert "an up that is not 0, which needs a 3-D run" in str(unusable(flat, 12))


def test_columns_that_are_not_there_are_refused_in_helpers_too(tmp_path):
    text = (
        "def feed(state, dt):\n    state.enrgy += dt\n    return state.size\n\n"
        "def swim(state, dt):\n    return feed(state, dt) + state.happiness\n"
    )
    assert complaint(tmp_path, text) == [
        "2: there is no state.enrgy (did you mean energy?)",
        "6: there is no state.happiness",
    ]
    aliased = "def feed(s):\n    return s.enrgy\n\ndef swim(state):\n    return feed(state)\n"
    (said,) = complaint(tmp_path, aliased)
    assert said.endswith("does not compile: there is no 'enrgy'")


# compiling it


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "    b = age\n    return up_speed * b\n",
            "4: does not compile: NameError: name 'up_speed' is not defined",
        ),
        ("    return age + 'm'\n", "3: does not compile: there is no add(float64, Literal[str](m))"),
        ("    return helper(age)\n", "11: does not compile: there is no add(float64, Literal[str](m))"),
        ("    return math.foo(age)\n", "2: does not compile: module 'math' has no attribute 'foo'"),
        (
            "    return decimal.Decimal(age)\n",
            "3: does not compile: Unknown attribute 'Decimal' of type Module",
        ),
        (
            "    return TABLE['a']\n",
            "3: does not compile: Untyped global name 'TABLE': Cannot determine Numba type of",
        ),
        (
            "    global N\n    N = 1\n    return age\n",
            "4: does not compile: Use of unsupported opcode (STORE_GLOBAL) found",
        ),
        (
            "    x = 1.0\n    if age > 1:\n        x = (1.0, 2.0)\n    return x\n",
            "5|6: does not compile: Cannot unify float64",
        ),
        (
            "    if age > 1:\n        return 0.0\n    return 0.0, 0.0, 1.0\n",
            "4|5: does not compile: Can't unify return",
        ),
        (
            "    pass\n",
            "2: swim returns nothing: it must return up, (east, north, up), or (east, north, up, status)",
        ),
        ("    if age > 1:\n        return 0.0\n", "2: swim returns nothing on some paths: it must return up"),
        ("    return age, age\n", "2: swim returns UniTuple(float64 x 2): it must return up"),
        ("    return age, age, age, age\n", "2: swim returns UniTuple(float64 x 4): it must return up"),
        ("    return age > 3\n", "2: swim returns bool: it must return up"),
        ("    return 'up'\n", "2: swim returns Literal[str](up): it must return up"),
        ("    return age * 1j\n", "2: swim returns complex128: it must return up"),
    ],
)
def test_what_does_not_compile_is_refused_at_its_line(tmp_path, body, said):
    text = "import decimal, math; TABLE = {'a': 1}\ndef swim(age):\n" + body
    text += "\n" * (8 - text.count("\n")) + "def helper(x):\n    y = 2 * x\n    return y + 'm'\n"
    (problem,) = complaint(tmp_path, text)
    lines, what = said.split(": ", 1)
    assert any(problem.startswith(f"{line}: {what}") for line in lines.split("|")), problem


def test_a_line_is_named_when_the_loop_is_compiled_without_a_check(tmp_path):
    order = checked(written(tmp_path, "def swim(age):\n    return age\n"))
    with (
        pytest.raises(RunFileError, match=r"my_larvae.py:2: does not compile: NameError"),
        own_problems(order),
    ):
        kernel_called(build_without_check(order, "def swim(age):\n    return agge\n"))(1.0)
    with pytest.raises(ZeroDivisionError), own_problems(order):
        raise ZeroDivisionError  # not of the user's file


def build_without_check(order, text):
    namespace = {}
    exec(compile(text, order.source.path, "exec"), namespace)
    return namespace["swim"]


def test_an_exception_while_particles_move_names_its_line(tmp_path):
    text = "def limited(age):\n    if age > 1000:\n        raise ValueError('too old')\n    return 0.5\n\n"
    text += "def swim(age):\n    return limited(age)\n"
    order = checked(written(tmp_path, text))
    kind = build(order)
    assert moves_of(kind)[0][0, 2] == 0.5
    with (
        pytest.raises(RunFileError, match=r"my_larvae.py:3: ValueError while particles move: too old"),
        own_problems(order),
    ):
        moves_of(kind, age=2000.0)
    assert "my_larvae.py: swim returned a number that is not finite, or a status" in str(unusable(order, 12))


# building it


def test_workers_build_it_from_what_travels_to_them(tmp_path):
    path = written(tmp_path, "def swim(salinity, state, temp, age):\n    return state.energy * 0.5\n")
    order = pickle.loads(pickle.dumps(checked(path)))
    path.unlink()
    assert order.parameters == ("salinity", "state", "temp", "age")
    assert [sample.name for sample in order.samples] == ["salinity", "temp"]
    assert order.state == STATE
    assert build(order).__name__ == f"Own_{order.digest}"


@pytest.mark.parametrize(
    "decorator",
    [
        "",
        "@njit",
        "@njit(fastmath=True, error_model='python')",
        "@njit(cache=True, parallel=True)",
        "@njit('f8(f8)')",
    ],
)
def test_all_functions_are_compiled_as_kernels_are_whatever_their_decorators_say(tmp_path, decorator):
    """fastmath would find that the sum is nothing, and Python's error model would raise."""
    text = (
        f"from numba import njit\n{decorator}\ndef lost(age):\n    return ((1e16 + age) - 1e16) - age\n\n"
        "def made(scale):\n    def far(x):\n        return scale / (x - x) if x > 1 else scale\n"
        f"{'    ' + decorator if decorator else ''}\n    def inner(x):\n        return lost(x) + 0.0 * far(0.5)\n"
        "    return inner\n\n"
        "swim = made(3.0)\nswims = swim\n\ndef swim(age):\n    return swims(age) if 1.0 / (age - age) > 1.0 else 7.0\n"
    )
    moves, _ = moves_of(build(checked(written(tmp_path, text))), age=6.1)
    assert moves[0, 2] == ((1e16 + 6.1) - 1e16) - 6.1 != 0


def test_numbers_that_differ_from_one_process_to_another_are_refused(tmp_path):
    path = written(tmp_path, "import time\nSPEED = time.perf_counter()\n\ndef swim(age):\n    return SPEED\n")
    order = checked(path)
    with pytest.raises(
        RunFileError, match=r"my_larvae.py:4: the numbers that the file works out when it is run differ"
    ):
        build(order)


def test_numbers_from_other_files_count_as_the_text_does(tmp_path):
    table = tmp_path / "growth.txt"
    text = (
        "import numpy as np\nfrom pathlib import Path\nTABLE = np.loadtxt(Path(__file__).parent / 'growth.txt')\n"
        "def made(n):\n    last = float(TABLE[n])\n    def swim(age):\n        return TABLE[0] + last\n    return swim\n"
        "swim = made(1)\n"
    )
    path = written(tmp_path, text)
    ups = []
    for first in (1.0, 2.0):
        table.write_text(f"{first} 10.0")
        ups.append(moves_of(build(checked(path)))[0][0, 2])
    assert ups == [11.0, 12.0]


def test_the_worked_example_lives_on_its_yolk(tmp_path):
    text = (Path(__file__).parents[2] / "configs" / "my_larvae.py").read_text()
    order = checked(written(tmp_path, text), state=("energy",))
    assert [sample.name for sample in order.samples] == ["temp"]
    at_15 = text.replace("depth, temp, state", "depth, state").replace("= burnt(temp,", "= burnt(15.0,")
    kind = build(checked(written(tmp_path, at_15), state=("energy",)))
    young, state = moves_of(kind, ("energy",), age=3600.0, count=4000)
    old, _ = moves_of(kind, ("energy",), age=36000.0, count=4000)
    assert young[:, 2].mean() == pytest.approx(2e-3, rel=0.02)
    assert old[:, 2].mean() == pytest.approx(0.2 * 2e-3 - 0.8 * 0.5e-3, abs=5e-5)
    np.testing.assert_allclose(state["energy"], 1 - 3 * 60 / 86400, rtol=1e-12)
    assert {*young[:, 3], *old[:, 3]} == {ACTIVE}


# the cache of compiled code

LOOP = """
from fvdrift_kernels.jit import entry_point
from fvdrift_kernels.own import Draw, own_move

@entry_point
def loop(own, age):
    return own_move(own, None, age, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, Draw(1, 2, 3, 0), None, 0, 0.0)[2]
"""
SCRIPT = """
import json, sys
sys.path[:0] = sys.argv[2:]
from pathlib import Path
from fvdrift.behaviour.own_check import build, check
from fvdrift.behaviour.own_source import read_own
from fvdrift.process.kernel_cache import set_up
from fvdrift_kernels.own import apart
from loop_of_a_test import loop
set_up()
option = None
if sys.argv[1]:
    order = check(read_own(Path(sys.argv[1]), "swim", "larvae.toml"), (), {}, False)
    option, ordinary, loop = build(order)(()), loop, apart(loop, order.digest)
    ordinary(None, 3.0)
    assert not ordinary.stats.cache_misses, "what has no behaviour is not where it was"
up = loop(option, 3.0)
print(json.dumps([up, sum(loop.stats.cache_hits.values()), sum(loop.stats.cache_misses.values())]))
"""


def test_compiled_code_is_kept_and_never_taken_for_another_behaviours(tmp_path):
    written(tmp_path, LOOP, "loop_of_a_test.py")
    environment = {**os.environ, "FVDRIFT_CACHE_DIR": str(tmp_path / "cache")}
    environment.pop("FVDRIFT_NO_CACHE", None)

    def process(path):
        """The move, the hits and the misses of another process; path "": of one without own behaviour."""
        command = [sys.executable, "-c", SCRIPT, str(path), str(tmp_path)]
        return json.loads(
            subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
        )

    assert process("") == [0.0, 0, 1]
    path = written(tmp_path, "def swim(age):\n    return age * 2.0\n")
    assert [process(path), process(path)] == [[6.0, 0, 1], [6.0, 1, 0]]
    written(tmp_path, "def swim(age):\n    return age * 5.0\n")
    assert [process(path), process(path)] == [[15.0, 0, 1], [15.0, 1, 0]]
    written(tmp_path, "def swim(age):\n    return age * 2.0\n")
    assert process(path) == [6.0, 1, 0]
    other = written(
        tmp_path, "import numpy as np\ndef swim(age):\n    return np.array([age, 1.0]).sum()\n", "arrays.py"
    )
    assert [process(other), process(other)] == [[4.0, 0, 1], [4.0, 1, 0]]
    assert process("") == [0.0, 1, 0]


@pytest.mark.parametrize(
    ("function", "said"),
    [
        ("swim", "my_larvae.py:1: swim asks for 'tmep'"),
        ("swam", "has no function swam (did you mean swim?)"),
        ("good", "Own_"),
    ],
)
def test_with_compiling_off_all_but_the_compiling_is_checked(tmp_path, function, said):
    path = written(
        tmp_path, "def swim(tmep):\n    raise ValueError\n\ndef good(age):\n    return undefined\n"
    )
    script = (
        "import sys; from pathlib import Path; from fvdrift.behaviour.own_check import build, check; "
        "from fvdrift.behaviour.own_source import read_own; "
        "print(build(check(read_own(Path(sys.argv[1]), sys.argv[2], 'larvae.toml'), (), {}, False)))"
    )
    command = [sys.executable, "-c", script, str(path), function]
    done = subprocess.run(
        command, env={**os.environ, "NUMBA_DISABLE_JIT": "1"}, check=False, capture_output=True, text=True
    )
    assert said in done.stdout + done.stderr


def test_code_that_was_kept_in_another_folder_is_blamed_by_its_line() -> None:
    def raised(file: str) -> Exception:
        try:
            exec(compile("\nraise ValueError('too old')", file, "exec"), {})
        except ValueError as error:
            return error
        raise AssertionError

    source = OwnSource("run.toml", "/here/own.py", "swim", "def swim(age):\n    return age")
    assert raised_line(source, raised("/here/own.py")) == 2
    assert raised_line(source, raised("/there/own.py")) == 2
    assert raised_line(source, raised("/there/others.py")) is None
    assert raised_line(source, raised(own.__file__)) is None
