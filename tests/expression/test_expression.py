"""Expressions: as in Python where there is a value; refused in words, quickly, where there is no meaning."""

import ast
import math
import pickle
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fvdrift.expression.expression import Expression, parse
from fvdrift.expression.text import ExpressionError
from fvdrift.expression.translate import MOST_FACTORS

NAMES = ("temp", "salinity", "x", "y")


def value(text, **values):
    return float(parse(text, tuple(values)).evaluate(values))


def refused(text, names=NAMES, **more):
    with pytest.raises(ExpressionError) as caught:
        parse(text, names, **more)
    return caught.value


# what it means

TRUTHS = {
    "exp": np.exp, "log": np.log, "log10": np.log10, "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos, "tan": np.tan,
    "floor": np.floor, "abs": abs, "min": min, "max": max, "pi": math.pi, "clip": lambda v, low, high: min(max(v, low), high),
    "__builtins__": {},
}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "1 + 2 * 3 - 4 / 5",
        "-x**2",
        "2**-x",
        "2**3**2",
        "(-x)**3 % 5",
        "-7 % x",
        "x - y - 1",
        "x / y / 2",
        "exp(-((x - 12) / 3)**2) * exp(-((y - 30) / 5)**2)",
        "1 < x < 3 < y",
        "3 > x >= y != 4 <= 9 == 9",
        "not x < y or y == 2 and x > 100",
        "x if y > 3 else -x if y > 2 else 7",
        "(x > 2) + (y > 2) * 10",
        "clip(x, 3, 4) + clip(y, 3, 4) + clip(3.5, 3, 4)",
        "min(x, y, 1) - max(x, y, 1)",
        "sin(x) * cos(y) + tan(x * pi / 180) - log10(y) / log(x) + sqrt(abs(-x)) - floor(-x)",
        ".5 + 1. + 1e-3 + 2E2",
        "\n  x +\n\ty  ",
        "+x",
        "x**0.5 + x**16 + x**17 + x**-2 + x**2.0",
    ],
)
def test_it_means_what_it_means_in_python(text):
    for x, y in ((2.5, 3.25), (100.0, 2.0), (3.0, 3.0)):
        expected = eval(" ".join(text.split()), TRUTHS, {"x": x, "y": y})
        assert value(text, x=x, y=y) == pytest.approx(float(expected), rel=1e-14)


def test_integer_powers_are_multiplied_out_from_left_to_right():
    x = 1.1
    product = x
    for n in range(2, MOST_FACTORS + 1):
        product *= x
        assert value(f"x**{n}", x=x) == product
        assert value(f"x**-{n}", x=x) == 1.0 / product
    assert value("x**0", x=math.nan) == 1.0
    assert value("x**17", x=-1.1) == math.pow(-1.1, 17)


@pytest.mark.parametrize(
    "text",
    [
        "0 / 0",
        "log(-1)",
        "sqrt(-1)",
        "(-1)**0.5",
        "x % 0",
        "min(x, y)",
        "max(y, x)",
        "clip(y, 0, 1)",
        "x + y",
    ],
)
def test_where_there_is_no_value_it_is_nan(text):
    assert math.isnan(value(text, x=1.0, y=math.nan))


def test_what_is_unknown_is_not_true():
    nan = math.nan
    for text in ("x < 1", "x >= 1", "x == x", "0 < x < 1", "x and 1", "x or 0", "not not x"):
        assert value(text, x=nan) == 0.0
    assert value("x != x", x=nan) == 1.0
    assert value("1 if x else 2", x=nan) == 2.0


def test_the_side_not_taken_does_no_harm():
    assert value("log(x) if x > 0 else 0", x=-1.0) == 0.0


def test_overflow_is_infinite():
    assert value("9**9**9**9") == math.inf
    assert value("exp(1000)") == math.inf
    assert value("1 / 0") == math.inf


# what is known of it


def test_names_come_in_the_order_of_their_use():
    expression = parse("y + temp * y", NAMES)
    assert expression.names == ("y", "temp")
    assert not expression.condition
    assert parse("temp > 3 and not y", NAMES).condition
    assert parse("x > 1 if y > 1 else x > 2", NAMES).condition
    assert not parse("(x > 1) + 0", NAMES).condition


def test_any_name_is_taken_when_they_are_not_known_yet():
    assert parse("exp(-nitrate / 3) * pi", None).names == ("nitrate",)


def test_a_variable_hides_a_constant():
    assert value("pi", pi=3.0) == 3.0


def test_constants_are_given_by_name():
    expression = parse("x == stranded", ("x",), {"stranded": 2})
    assert expression.names == ("x",)
    assert expression.evaluate({"x": np.array([1, 2], np.int8)}).tolist() == [0.0, 1.0]


def test_it_travels():
    expression = parse("1 < x < 2", NAMES)
    x = np.linspace(0, 3, 7)
    before = expression.evaluate({"x": x})
    again = pickle.loads(pickle.dumps(expression))
    assert again == expression
    assert again.evaluate({"x": x}).tolist() == before.tolist()


def test_reading_needs_no_numba():
    script = "import sys; from fvdrift.expression import parse; parse('x + 1', ['x']); sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


# many places


def test_a_variable_without_vertical_goes_with_layers():
    layered = np.arange(12, dtype=np.float32).reshape(3, 4)
    flat = np.array([[10.0, 20.0, 30.0, 40.0]])
    result = parse("x + y", NAMES).evaluate({"x": layered, "y": flat})
    assert result.tolist() == (layered + flat).tolist()
    assert parse("x + y", NAMES).evaluate({"x": layered, "y": flat[0]}).tolist() == result.tolist()
    assert parse("y", NAMES).evaluate({"y": flat}).shape == (1, 4)
    assert parse("3", NAMES).evaluate({}, shape=(2, 3)).tolist() == [[3.0] * 3] * 2
    assert parse("x", NAMES).evaluate({"x": np.empty((3, 0))}).shape == (3, 0)


# what is refused


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("exp(-slainity)", 6, 'unknown name "slainity" (did you mean "salinity"?)'),
        ("  1 +\n Temp", 8, 'unknown name "Temp" (did you mean "temp"?)'),
        ("1 + sine(x)", 5, 'unknown function "sine" (did you mean "sin"?)'),
        ("temp(x + 1)", 1, '"temp" is not a function'),
        ("2 * exp", 5, '"exp" is a function: write exp(...)'),
        ("min(temp)", 1, "min takes two arguments or more, not 1"),
        ("clip(x, 1)", 1, "clip takes 3 arguments, not 2"),
        ("exp()", 1, "exp takes 1 argument, not 0"),
        ("x ^ 2", 3, '"^" has no meaning here (a power is written x**2)'),
        ("x = 2", 3, "equality is written =="),
        ("x > 1 && y > 1", 7, "write and"),
        ("x // 2", 3, "write floor(a / b)"),
        ("x[0]", 2, "use round brackets"),
        ("x.real", 2, "neither a number nor a name"),
        ("2x", 1, '"2x" is neither a number nor a name'),
        ("0x1F", 1, "neither a number nor a name"),
        ("1_000", 1, "neither a number nor a name"),
        ("3j", 1, "neither a number nor a name"),
        ("°C", 1, "has no meaning here"),
        ('"text"', 1, "has no meaning here"),
        ("lambda", 1, '"lambda" has no meaning here'),
        ("x is y", 3, '"is" has no meaning here'),
        ("True", 1, '"True" has no meaning here'),
        ("x, y", 1, "a list has no meaning here"),
        ("min(*x)", 1, "plain arguments"),
        ("sin(x)(y)", 1, "only functions can be called"),
        ("(x + 1", 1, "was never closed"),
        ("x + ", 4, "ends too early"),
        ("  x y", 5, "invalid syntax"),
        ("1e999", 1, "too large"),
        ("9" * 1000, 1, "too large"),
        ("x**" + "9" * 1000, 4, "too large"),
        ("", 1, "there is no expression"),
        (" \n", 1, "there is no expression"),
        ("x" * 2001, 2001, "longer than 2000 characters"),
        ("(" * 51 + "x" + ")" * 51, 51, "more than 50 brackets"),
        ("1+" * 200 + "1", 1, "nested more than 100 deep"),
        ("-" * 300 + "1", 101, "nested more than 100 deep"),
        ("min(" + "x," * 600 + "x)", 1, "more than 500 operations"),
    ],
)
def test_it_is_refused_in_words_with_the_place(text, column, words):
    error = refused(text)
    assert words in str(error)
    assert error.column == column
    assert str(error).startswith(f"column {column}: ")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


HOSTILE = [
    "(" * 2000, "-" * 1999 + "1", "not " * 499 + "1", "1 if " * 333 + "1", "1 if 1 else " * 166 + "1", "min(" * 400,
    "exp(" * 49 + "1 1" + ")" * 49, "a<" * 999 + "a", "9**" * 600 + "9", "9**9**9**9**9", "1**-" * 400 + "1", "," * 2000,
    "(" * 50 + "a b" + ")" * 50, "(" * 50 + "1,", "a(" * 50 + ")" * 50, "=" * 2000, "9" * 2000, "." * 2000, "1." * 1000,
    "1e" * 1000, "'" * 2000, "\\" * 2000, "#", "x#", "\0", "x\0", "x;y", "x\\\n", "(x:=1)", "{" * 90 + ":", "[x for x in y]",
    "__import__('os').system('true')", "().__class__", "f'{x}'", "await x", "yield", "*x", "print(x)", "x" * 2000, "\ud800",
    "e" * 2000, "not", "if", "else", "x if", "x if y", "\u0660 + 1", "\uff45xp(1)", "a " * 1000, "1or 2", "1if 1else 2", "()" * 9,
]  # fmt: skip


def read_or_refused(text):
    started = time.process_time()
    try:
        outcome = parse(text, NAMES)
    except ExpressionError as error:
        outcome = error
    if isinstance(outcome, Expression):
        outcome.evaluate(dict.fromkeys(NAMES, np.array([0.5, -3.0])))
    else:
        assert outcome.what
        assert 1 <= outcome.column <= len(text) + 1
    assert time.process_time() - started < 1.0


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_takes_neither_time_nor_memory(text):
    read_or_refused(text)


def test_nested_comparisons_are_not_written_twice():
    expression = parse("(0<" * 30 + "1" + "<2)" * 30, ())
    assert len(expression.code) == 61 + 3 * 30
    assert value("(0<" * 30 + "1" + "<2)" * 30) == 1.0


SIGNS = [
    "(",
    ")",
    "+",
    "-",
    "*",
    "/",
    "**",
    "%",
    "<",
    ">",
    "<=",
    ">=",
    "==",
    "!=",
    ",",
    "=",
    ".",
    "//",
    ":",
    "[",
    "'",
    "#",
]
WORDS = [
    "and",
    "or",
    "not",
    "if",
    "else",
    "temp",
    "x",
    "pi",
    "exp",
    "min(",
    "clip(",
    "1",
    "2.5",
    "1e9",
    "3",
    "lambda",
    "in",
]
TOKENS = st.sampled_from(SIGNS + WORDS)


@pytest.mark.filterwarnings("error")
@settings(deadline=None, max_examples=300)
@given(st.text(max_size=50) | st.builds(str.join, st.sampled_from(["", " "]), st.lists(TOKENS, max_size=60)))
def test_any_text_is_an_expression_or_refused(text):
    read_or_refused(text)


# random expressions against the C library's functions, one number at a time


def like_c(function, numpy_function):
    """Python's functions of floats are the C library's, but for what they raise: there numpy says inf or
    NaN."""

    def work_out(*arguments):
        try:
            return float(function(*arguments))
        except (ValueError, OverflowError, ZeroDivisionError):
            return float(numpy_function(*map(np.float64, arguments)))

    return work_out


def true(a):
    return a != 0 and not math.isnan(a)


CALLED = ("exp", "log", "log10", "sqrt", "sin", "cos", "tan", "floor")
UNARY = {name: like_c(getattr(math, name), getattr(np, name)) for name in CALLED}
UNARY |= {"abs": abs, "-": lambda a: -a, "not ": lambda a: float(not true(a))}
BINARY = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": like_c(lambda a, b: a / b, np.divide),
    "%": like_c(lambda a, b: a % b, np.mod),
    "**": like_c(math.pow, np.power),
    "<": lambda a, b: float(a < b),
    ">=": lambda a, b: float(a >= b),
    "==": lambda a, b: float(a == b),
    "and": lambda a, b: float(true(a) and true(b)),
    "or": lambda a, b: float(true(a) or true(b)),
    "min": lambda a, b: a if a < b or math.isnan(a) else b,
    "max": lambda a, b: a if a > b or math.isnan(a) else b,
}
NUMBERS = st.integers(0, 20).map(float) | st.floats(0, 100) | st.sampled_from([1e-300, 1e300, 0.1])
LEAVES = NUMBERS.map(lambda number: (repr(number), lambda env: number)) | st.sampled_from(NAMES).map(
    lambda name: (name, lambda env: env[name])
)


def unary(inner):
    def build(name, a):
        text = f"{name}({a[0]})"
        return f"({text})" if name == "not " else text, lambda env: UNARY[name](a[1](env))

    return st.builds(build, st.sampled_from(list(UNARY)), inner)


def binary(inner):
    def build(name, a, b):
        text = f"{name}({a[0]}, {b[0]})" if name in ("min", "max") else f"(({a[0]}) {name} ({b[0]}))"
        return text, lambda env: BINARY[name](a[1](env), b[1](env))

    # a written integer above a power has a meaning of its own (tested above): never one here
    powers = st.builds(
        lambda a, b: build("**", a, (f"({b[0]} + 0.5)", lambda env: b[1](env) + 0.5)), inner, inner
    )
    return powers | st.builds(build, st.sampled_from([name for name in BINARY if name != "**"]), inner, inner)


def choice(inner):
    def build(a, b, c):
        return (
            f"(({a[0]}) if ({b[0]}) else ({c[0]}))",
            lambda env: a[1](env) if true(b[1](env)) else c[1](env),
        )

    return st.builds(build, inner, inner, inner)


EXPRESSIONS = st.recursive(LEAVES, lambda inner: unary(inner) | binary(inner) | choice(inner), max_leaves=12)


@settings(deadline=None, max_examples=300)
@given(EXPRESSIONS, st.tuples(*[st.floats(-1000, 1000) | st.sampled_from([math.nan, math.inf, -0.0])] * 4))
def test_random_expressions_have_their_value_in_python(expression, numbers):
    text, work_out = expression
    text = ast.unparse(ast.parse(text, mode="eval"))  # takes brackets away where they are not needed
    env = dict(zip(NAMES, numbers, strict=True))
    with np.errstate(all="ignore"):
        expected = work_out(env)
    result = float(parse(text, NAMES).evaluate(env))
    assert result == pytest.approx(expected, rel=1e-12, abs=1e-300, nan_ok=True)
