"""The stack machine: every place by itself, the same bits in any company, and the same in plain Python."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fvdrift_kernels import formula
from fvdrift_kernels.formula import LANES, OPERATIONS, evaluate

# as it is written: (operation, operand) and the constants
HAPPINESS = (
    [
        ("variable", 0),
        ("constant", 0),
        ("subtract", 0),
        ("constant", 1),
        ("divide", 0),
        ("power", 2),
        ("negate", 0),
        ("exp", 0),
    ]
    + [
        ("variable", 1),
        ("constant", 2),
        ("pow", 0),
        ("sin", 0),
        ("multiply", 0),
        ("variable", 1),
        ("log", 0),
        ("add", 0),
    ],
    [12.0, 3.0, 0.7],
)
BETWEEN = (
    [("constant", 0), ("variable", 0), ("less", 1), ("variable", 1), ("less_equal", 0), ("and", 0)],
    [12.0],
)


def run(program, inputs):
    code, constants = program
    opcodes = np.array([OPERATIONS.index(operation) for operation, _ in code], np.int32)
    operands = np.array([operand for _, operand in code], np.int32)
    results = np.full(inputs.shape[1], np.nan)
    with np.errstate(all="ignore"):
        evaluate(opcodes, operands, np.array(constants), inputs, np.full((8, LANES), np.nan), results)
    return results


def places(count):
    rng = np.random.default_rng(3)
    return np.array([rng.normal(12, 3, count), rng.uniform(1, 35, count)])


def happiness(t, s):
    return np.exp(-(((t - 12) / 3) ** 2)) * np.sin(s**0.7) + np.log(s)


def test_numbers_of_operations_are_in_their_order():
    for i, name in enumerate(OPERATIONS):
        assert getattr(formula, name.upper()) == i


@pytest.mark.parametrize("count", [0, 1, LANES - 1, LANES, LANES + 1, 1000])
def test_any_number_of_places_is_worked_out(count):
    inputs = places(count)
    np.testing.assert_allclose(run(HAPPINESS, inputs), happiness(*inputs), rtol=1e-13)
    assert (
        run(BETWEEN, inputs).tolist() == ((inputs[0] > 12) & (inputs[0] <= inputs[1])).astype(float).tolist()
    )


@settings(deadline=None)
@given(st.lists(st.integers(0, 999), min_size=1, max_size=300))
def test_a_place_has_the_same_bits_in_any_company(chosen):
    inputs = places(1000)
    for program in (HAPPINESS, BETWEEN):
        some = run(program, np.ascontiguousarray(inputs[:, chosen]))
        assert some.tobytes() == run(program, inputs)[chosen].tobytes()


def test_the_control_of_that_fails():
    inputs = places(1000)
    other = inputs.copy()
    other[0] = np.nextafter(other[0], 100)
    assert run(HAPPINESS, other).tobytes() != run(HAPPINESS, inputs).tobytes()


ONE = [
    ("negate", -1.5),
    ("not", 0.0),
    ("exp", 4.4817),
    ("log", 0.4055),
    ("log10", 0.1761),
    ("sqrt", 1.2247),
    ("sin", 0.9975),
]
ONE += [("cos", 0.0707), ("tan", 14.1014), ("abs", 1.5), ("floor", 1.0)]
TWO = [
    ("add", -0.5),
    ("subtract", 3.5),
    ("multiply", -3.0),
    ("divide", -0.75),
    ("modulo", -0.5),
    ("min", -2.0),
    ("max", 1.5),
]
TWO += [
    ("pow", 0.4444),
    ("and", 1.0),
    ("or", 1.0),
    ("less", 0.0),
    ("less_equal", 0.0),
    ("greater", 1.0),
    ("greater_equal", 1.0),
]
TWO += [("equal", 0.0), ("not_equal", 1.0)]


@pytest.mark.parametrize(("operation", "expected"), ONE + TWO)
def test_each_operation(operation, expected):
    code = [("variable", 0), *([("variable", 1)] if (operation, expected) in TWO else []), (operation, 0)]
    assert run((code, []), np.array([[1.5], [-2.0]])) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("n", "expected"), [(0, 1.0), (1, 1.5), (3, 3.375), (-1, 1 / 1.5), (-2, 1 / 2.25)])
def test_integer_powers(n, expected):
    assert run(([("variable", 0), ("power", n)], []), np.array([[1.5]])) == expected


@pytest.mark.parametrize(
    ("test", "expected"), [(2.0, 5.0), (0.0, 7.0), (-0.0, 7.0), (np.nan, 7.0), (np.inf, 5.0)]
)
def test_a_choice(test, expected):
    code = [("constant", 0), ("constant", 1), ("variable", 0), ("select", 0)]
    assert run((code, [5.0, 7.0]), np.array([[test]])) == expected


def test_plain_python_agrees():
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import warnings; warnings.simplefilter('error')\n"
        "import test_formula as t, numba\n"
        "assert numba.config.DISABLE_JIT\n"
        "print(*t.run(t.HAPPINESS, t.places(200)).tolist())\n"
        "print(*t.run(t.BETWEEN, t.places(200)).tolist())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, os.path.dirname(__file__)],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    for line, program in zip(done.stdout.splitlines(), (HAPPINESS, BETWEEN), strict=True):
        np.testing.assert_allclose([float(v) for v in line.split()], run(program, places(200)), rtol=1e-12)
