"""Whatever stands where an expression or an alert's condition is expected, it is one or refused in words, and
soon."""

import string

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from fvdrift.expression.condition import parse_alert
from fvdrift.expression.expression import parse
from fvdrift.expression.text import ExpressionError

from .budget import cases

WORDS = ["temp", "x", "pi", "min", "max", "clip", "exp", "count", "mean", "and", "or", "not", "if", "else", "lambda", "import",
         "__import__", "1", "0.5", "1e308", "9" * 400, "0x10", "1_0", "1j", "é", "\u0660", "\0", "\n", "\\", "'", '"', "f'{x}'",
         *"()[]{}.,;:+-*/%<>=!&|^~@$?` ", "**", "//", "<=", "==", "!=", ":=", "->", "..."]  # fmt: skip
TEXTS = (
    st.text(max_size=80)
    | st.text(string.printable, max_size=80)
    | st.builds(str.join, st.sampled_from(["", " "]), st.lists(st.sampled_from(WORDS), max_size=400))
    | st.builds(lambda word, count: word * count, st.sampled_from(["(", "-", "not ", "x if x else ", "min(", "x**", "1<", "+x"]),
                st.integers(1, 700))
)  # fmt: skip


def in_words(error: ExpressionError) -> None:
    assert error.what
    assert "\n" not in str(error)
    assert len(str(error)) < 1000


@cases(400)
@given(TEXTS)
@example("x" + "+x" * 400)
@example("-" * 1999 + "x")
@example("9**" * 600 + "9")
def test_any_expression(text: str) -> None:
    try:
        found = parse(text, ("temp", "x"), {"count": 3.0})
    except ExpressionError as error:
        in_words(error)
        return
    assert len(found.code) <= 500
    values = found.evaluate({name: np.array([0.0, -1.0, np.nan, np.inf]) for name in found.names}, (4,))
    assert values.shape == (4,)


@cases(400)
@given(TEXTS | TEXTS.map("max({})".format) | TEXTS.map("mean(temp) > {}".format))
def test_any_condition(text: str) -> None:
    try:
        parse_alert(text, ("temp", "x"), {"active": 1.0})
    except ExpressionError as error:
        in_words(error)
