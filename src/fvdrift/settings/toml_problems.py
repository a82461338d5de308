"""What is wrong with the TOML of a run file, by line, in words for who writes it: those of its parser speak
of the grammar.

Not the keys and values (that is `load`).
"""

import re
import tomllib
from collections.abc import Callable, Collection
from typing import NamedTuple

from fvdrift.tools.quantity import shown

MOST = 10  # then the file is of another kind
LONGEST = 1000  # characters of a line that somebody typed
_AT = re.compile(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)$", re.DOTALL)
_KEY = re.compile(r"\s*([\w.\"'-]+)\s*=(?!=)\s*(.*?)\s*$", re.DOTALL)
_TABLE = re.compile(r"\s*(\[{1,2})\s*([\w.-]+)")
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"


class _Problem(NamedTuple):
    line: int
    said: str


def problems_of(text: str, repeated: Collection[str]) -> list[str]:
    """ "line 3: ..." of all lines that are no TOML, as far as each can be told by itself; nothing where all
    is well.

    repeated: names of the tables in double brackets.
    """
    lines, found = text.splitlines(), list[str]()
    while len(found) < MOST:
        problem = _first(lines)
        if problem is None:
            break
        line = lines[problem.line - 1] if lines else ""
        hint = _hint(lines, problem, repeated)
        found.append(f"line {problem.line}: not valid TOML: {problem.said}" + (f" ({hint})" if hint else ""))
        if len(line) > LONGEST or not _KEY.match(line) or re.search(r"[\[{]|\"\"\"|'''", line):
            break  # what follows may be its fault
        lines[problem.line - 1] = ""
    return found


def _first(lines: list[str]) -> _Problem | None:
    try:
        tomllib.loads("\n".join(lines) + "\n")
    except RecursionError:  # told where the file was read
        return None
    except ValueError as error:
        match = _AT.match(str(error))
        said = (match[1] if match else str(error)).replace("Illegal character '\\n'", "Unterminated text")
        line = int(match[2]) if match and match[2] else _last_line(lines, said)
        return _Problem(min(line, max(len(lines), 1)), said)
    return None


def _last_line(lines: list[str], said: str) -> int:
    """Of a sentence about the end of the document: where what is open there begins, else the last line with
    anything in it."""
    opening = {
        "Unclosed array": "[",
        "Unterminated string": '"',
        'Expected "\'"': "'",
        "Unclosed inline table": "{",
    }
    mark = next((mark for start, mark in opening.items() if said.startswith(start)), None)
    filled = [
        number for number, line in enumerate(lines, 1) if line.strip() and not line.lstrip().startswith("#")
    ]
    short = [number for number in filled if mark and len(lines[number - 1]) <= LONGEST]
    begun = [number for number in short if (match := _KEY.match(lines[number - 1])) and mark in match[2]]
    return (begun or filled or [1])[-1]


def _hint(lines: list[str], problem: _Problem, repeated: Collection[str]) -> str:
    line = lines[problem.line - 1] if lines else ""
    if len(line) > LONGEST:
        return ""
    return next(filter(None, (rule(line, problem, lines, repeated) for rule in _RULES)), "")


def _twice(line: str, problem: _Problem, lines: list[str], repeated: Collection[str]) -> str:
    if not problem.said.startswith(("Cannot declare", "Cannot overwrite", "Cannot mutate", "Duplicate")):
        return ""
    table = _TABLE.match(line)
    if table and table[2] in repeated:
        return f"write [[{table[2]}]] in double brackets, everywhere: there may be several"
    if table:
        earlier = next(
            (n for n, other in enumerate(lines, 1) if (m := _TABLE.match(other)) and m[2] == table[2]),
            problem.line,
        )
        double = f"write [{table[2]}] in single brackets, and " if table[1] == "[[" else ""
        where = f"the table in line {earlier}" if earlier < problem.line else "keys of this table above"
        return f"{double}put its keys together with {where}"
    key = _KEY.match(line)
    return f"{key[1]} is given twice in its table: take one away" if key else ""


def _backslash(line: str, problem: _Problem, *_: object) -> str:
    if "\\" not in line or not problem.said.startswith(
        ("Unescaped", "Invalid hex", "Invalid unicode", "Escaped")
    ):
        return ""
    key = _KEY.match(line)
    better = key[2].replace("\\\\", "/").replace("\\", "/") if key else "C:/data/flow.nc"
    return f"in paths write / in place of \\: {key[1] if key else 'file'} = {better}"


def _unclosed(line: str, problem: _Problem, *_: object) -> str:
    ends = {
        "Unterminated string": 'a closing " is missing',
        "Unterminated text": "a closing quote is missing",
        'Expected "\'"': "a closing ' is missing",
        "Expected ']]'": "a closing ]] is missing",
        "Expected ']'": "a closing ] is missing",
    }
    if problem.said.startswith("Unclosed array") and "]" not in line:
        return "a closing ] is missing"
    if "{" in line and "}" not in line:
        return "a table in braces ends in the line it begins in: a closing } is missing"
    return next((hint for start, hint in ends.items() if problem.said.startswith(start)), "")


def _no_equals(line: str, problem: _Problem, *_: object) -> str:
    if "==" in line and _KEY.match(line.replace("==", "=")):
        return "write one ="
    if re.match(r"\s*(//|;|%|--|/\*|!)", line):
        return "comments begin with #"
    if re.match(r"\s*=", line):
        return "a key is missing in front of ="
    match = re.match(r"\s*([\w-]+)\s*[: ]\s*(.*\S)", line) if not _KEY.match(line) else None
    if match and "=" in match[2]:
        return "a key is one word, with _ in place of blanks"
    if problem.said.startswith("Expected '=' after a key"):
        return f"write {match[1]} = {match[2].lstrip(':= ')}" if match else "write key = value"
    return ""


def _values(line: str, *_: object) -> str:
    """What stands for a value that is none."""
    match = _KEY.match(line)
    if match is None:
        return ""
    key, value = match[1], re.sub(r"\s+#.*", "", match[2])
    return next(filter(None, (rule(key, value) for rule in _OF_VALUES)), "")


def _word(key: str, value: str) -> str:
    if value.lower() in ("true", "yes", "on", ".true."):
        return f"write {key} = true"
    if value.lower() in ("false", "no", "off", ".false."):
        return f"write {key} = false"
    if value.lower() in ("none", "null", "nil", "nan/a", "n/a", "na", ""):
        return f"a key without a value is left out: take {key} away"
    return ""


def _quotes(key: str, value: str) -> str:
    straight = re.sub("[\u201c\u201d\u201e\u00ab\u00bb]", '"', re.sub("[\u2018\u2019\u201a]", "'", value))
    if straight != value:
        return f"write straight quotes: {key} = {straight}"
    texts = re.findall(r'"[^"]*"', value)
    if len(texts) > 1 and re.fullmatch(r'"[^"]*"(\s*[,; ]\s*"[^"]*")+', value):
        return f"several stand in a list: {key} = [{', '.join(texts)}]"
    return ""


def _date(key: str, value: str) -> str:
    match = re.fullmatch(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})([T ].*)?", value)
    if match is None:
        return ""
    parts = [int(part) for part in match.groups()[:3]]
    example = f"such as {key} = 2020-05-01T00:00:00Z"
    if match[1] != f"{parts[0]:04d}" or not (1 <= parts[1] <= 12 and 1 <= parts[2] <= 31):
        return f"a date is written year-month-day, {example}"
    return f"no such time, or not as a time is written, {example}"


def _clock(key: str, value: str) -> str:
    return f'write {key} = "{value}"' if re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?Z?", value) else ""


def _number(key: str, value: str) -> str:
    comma = re.fullmatch(r"([+-]?\d+),(\d+)", value)
    if comma:
        return f"a decimal point, not a comma: {key} = {comma[1]}.{comma[2]}; several numbers stand in [ ]"
    power = re.fullmatch(r"([\d.]*)\s*\*?\s*10\s*(?:\^|\*\*)\s*\(?([+-]?\d+)\)?", value)
    if power:
        return f"write {key} = {power[1] or '1'}e{power[2]}"
    if re.fullmatch(_NUMBER, value):
        return f"write {key} = {float(value):g}"
    if re.fullmatch(rf"{_NUMBER}(\s*[,;]?\s+{_NUMBER}|,{_NUMBER})+", value):
        return f"several numbers stand in a list: {key} = [{', '.join(re.findall(_NUMBER, value))}]"
    return ""


def _list(key: str, value: str) -> str:
    if not value.startswith(("[", "{")):
        return ""
    words = re.findall(r"[\[,=]\s*([^\s\"'\[\]{},=]*[A-Za-z][^\"'\[\]{},=]*?)\s*(?=[\],}])", value)
    bare = [word for word in words if word not in ("true", "false") and not re.fullmatch(_NUMBER, word)]
    if bare:
        return f"text and quantities with units stand in quotes: {shown(bare[0])}"
    return "commas stand between the values of a list" if re.search(r"[\w\"'\]]\s+[\w\"'\[+-]", value) else ""


def _text(key: str, value: str) -> str:
    if value.startswith(("'", '"')):
        return (
            ""
            if value[-1] == value[0] and value.count(value[0]) == 2
            else "after the closing quote nothing may follow"
        )
    if "=" in value:
        return "each key stands in a line of its own"
    return f"text and quantities with units stand in quotes: {key} = {shown(value)}"


_OF_VALUES: tuple[Callable[[str, str], str], ...] = (_word, _quotes, _date, _clock, _number, _list, _text)
_RULES: tuple[Callable[..., str], ...] = (_twice, _backslash, _unclosed, _no_equals, _values)
