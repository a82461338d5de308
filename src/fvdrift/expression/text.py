"""From text to Python's syntax tree, for the few signs and words an expression may hold. Meaning is given in
`translate`.

The text is read through here first, so that Python's parser, which hostile text can make slow or deep, sees
only what could be an expression of moderate size.
"""

import ast
import keyword
import re

MOST_CHARACTERS = 2000
MOST_BRACKETS = 50  # one in another; Python's own limit is 200

WORDS = ("and", "or", "not", "if", "else")
_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][-+]?\d++)?(?![\w.]))"
    r"|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<sign>\*\*|[<>=!]=|/(?!/)|[-+*%(),<>])",
    re.ASCII,
)
_HINTS = {
    "//": "write floor(a / b)",
    "&": "write and",
    "|": "write or",
    "!": "write not, or != for unequal",
    "^": "a power is written x**2",
    "=": "equality is written ==",
    "[": "use round brackets",
    "{": "use round brackets",
    "?": "write a if condition else b",
}


class ExpressionError(ValueError):
    """What is wrong with an expression, in one sentence, and where: column counts characters from 1."""

    def __init__(self, what: str, column: int):
        super().__init__(what, column)
        self.what = what
        self.column = column

    def __str__(self) -> str:
        return f"column {self.column}: {self.what}"


def syntax_tree(text: str) -> ast.expr:
    """Python's tree of an expression, its columns those of `text`."""
    _check(text)
    one_line = re.sub(r"\s", " ", text)
    indent = len(one_line) - len(one_line.lstrip())
    try:
        tree = ast.parse(one_line.strip(), mode="eval").body
    except SyntaxError as error:
        if not error.offset:
            raise ExpressionError("ends too early", len(one_line.rstrip()) + 1) from None
        raise ExpressionError(error.msg, min(indent + error.offset, len(text) + 1)) from None
    except (MemoryError, RecursionError):
        raise ExpressionError("too deeply nested", indent + 1) from None
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            node.col_offset += indent
    return tree


def _check(text: str) -> None:
    """Every sign and word is one that an expression may hold, and there are not too many of them."""
    if not text.strip():
        raise ExpressionError("there is no expression", 1)
    if len(text) > MOST_CHARACTERS:
        raise ExpressionError(f"longer than {MOST_CHARACTERS} characters", MOST_CHARACTERS + 1)
    brackets = place = 0
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None:
            raise ExpressionError(_unknown_sign(text, place), place + 1)
        word = token.group()
        if keyword.iskeyword(word) and word not in WORDS:
            raise ExpressionError(f'"{word}" has no meaning here', place + 1)
        brackets += (word == "(") - (word == ")")
        if brackets > MOST_BRACKETS:
            raise ExpressionError(f"more than {MOST_BRACKETS} brackets inside each other", place + 1)
        place = token.end()


def _unknown_sign(text: str, place: int) -> str:
    number = re.compile(r"[\d.][\w.]*", re.ASCII).match(text, place)
    if number and len(number.group()) > 1:
        return f'"{number.group()[:20]}" is neither a number nor a name (numbers are written 12, 0.5 or 1e-3)'
    sign = text[place : place + 2] if text[place : place + 2] in _HINTS else text[place]
    shown = f'"{sign}"' if sign.isprintable() and sign != '"' else repr(sign)
    hint = _HINTS.get(sign)
    return f"{shown} has no meaning here" + (f" ({hint})" if hint else "")
