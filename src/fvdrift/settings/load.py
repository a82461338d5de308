"""A run file from disk to a checked RunFile, or to the list of all that is wrong with it. The keys are in
`model`."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from fvdrift.errors import RunFileError
from fvdrift.tools.netcdf.magic import is_netcdf
from fvdrift.tools.quantity import shown
from fvdrift.tools.text_file import read_bounded

from .model import RunFile
from .named_files import file_problems
from .plausible import Odd, odd_values
from .table import closest
from .toml_problems import problems_of

LARGEST = 64  # MB; outlines of a million corners fit
# a key of 33 names with dots between: of a hundred thousand, tomllib would fill forty gigabytes
_DEEP_KEY = re.compile(r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){32}""", re.ASCII)
_DOUBLE = re.compile(r"write \[\[([\w-]+)\]\], in double brackets")
Place = tuple[str | int, ...]  # ("release", 0, "count")
Problem = tuple[Place, str]
Override = str | tuple[str, Any]  # "time.step=30s", or the key and its value


def load_run_file(
    path: Path | str, overrides: Sequence[Override] = (), *, with_files: bool = False
) -> RunFile:
    """Read and check the run file at `path`, with `overrides` such as "time.step=30s" laid over it.

    with_files: where anything is wrong with it, files that it names and that are not there are told with
    that. Raises RunFileError with every problem there is, one line each.
    """
    tree = read_toml(Path(path))
    try:
        return run_file_with(tree, Path(path), overrides)
    except RunFileError as error:
        problems = [problem + _line_of(Path(path), problem) for problem in error.problems]
        raise RunFileError([*problems, *(file_problems(tree, Path(path)) if with_files else [])]) from None


def _line_of(path: Path, problem: str) -> str:
    """Where a table in single brackets stands that is to be in double ones."""
    name = _DOUBLE.search(problem)
    lines = path.read_text("utf-8-sig", "replace").splitlines() if name else []
    found = [
        number for number, line in enumerate(lines, 1) if name and re.match(rf"\s*\[\s*{name[1]}\s*\]", line)
    ]
    return f" (line {found[0]})" if found else ""


def run_file_with(
    tree: dict[str, Any], path: Path, overrides: Sequence[Override] = (), *, source: Path | None = None
) -> RunFile:
    """Check `tree`, which is changed, with `overrides` laid over it. path, source: as `run_file_from` has
    them."""
    problems: list[str] = []
    overridden: dict[Place, str] = {}
    for override in overrides:
        problem = _lay_over(tree, override, overridden)
        if problem:
            problems.append(
                f"--set {override}: {problem}" if isinstance(override, str) else f"{override[0]}: {problem}"
            )
    try:
        run_file = run_file_from(tree, path, overridden, source=source)
    except RunFileError as error:
        raise RunFileError(problems + error.problems) from None
    if problems:
        raise RunFileError(problems)
    return run_file


def run_file_from(
    tree: dict[str, Any],
    path: Path,
    overridden: Mapping[Place, str] = MappingProxyType({}),
    *,
    source: Path | None = None,
    resolved: bool = False,
) -> RunFile:
    """Check what TOML gave, or (`resolved`) what `resolved_keys` did, with defaults that nobody writes. `path` is the
    run file, where relative paths start; `source`, if another, is what problems are said to be in; those at
    places in `overridden` have these words with them."""
    odd = list(odd_values(tree))
    told = tuple(f"warning: {_name(each.place)}: {each.told}" for each in odd)
    found: list[Problem] = []
    run_file = None
    try:
        run_file = RunFile.model_validate(tree, context={"path": path, "remarks": told, "resolved": resolved})
    except ValidationError as error:
        found = [(e["loc"], _sentence(e["loc"], dict(e))) for e in error.errors(include_url=False)]
    problems = [_line(source or path, *problem, overridden) for problem in _with_impossible(found, odd)]
    if problems or run_file is None:
        raise RunFileError(problems)
    return run_file


def _with_impossible(found: Sequence[Problem], odd: Sequence[Odd]) -> list[Problem]:
    """Problems, with what is impossible: advice about a value that is refused already, else a problem of its
    own."""
    said = list(dict.fromkeys(found))
    for each in odd:
        if not each.impossible:
            continue
        at = next(
            (i for i, (place, _) in enumerate(said) if place and place == each.place[: len(place)]), None
        )
        if at is None:
            said.append(
                (each.place, f"{each.sentence}: that cannot be" + (f"; {each.advice}" if each.advice else ""))
            )
        elif each.advice and len(said[at][0]) > 1:
            said[at] = (said[at][0], f"{said[at][1]} ({each.advice})")
    return said


def read_toml(path: Path) -> dict[str, Any]:
    """What a run file holds, unchecked. Raises RunFileError with all lines that are no TOML."""
    try:
        if path.is_file() and _is_netcdf(path):
            raise RunFileError(f"{path}: is NetCDF, not a run file")
        text = read_bounded(path, LARGEST).decode("utf-8-sig")
    except FileNotFoundError:
        raise RunFileError(f"{path}: there is no such file (fvdrift new writes one to start from)") from None
    except OSError as error:
        raise RunFileError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        where = error.object[: error.start].count(b"\n") + 1
        raise RunFileError(f"{path}: line {where} is not UTF-8 text; save the run file as UTF-8") from None
    except ValueError as error:  # a zero byte in the path, a file too large
        raise RunFileError(f"{path}: {error}") from None
    if _DEEP_KEY.search(text):
        raise RunFileError(f"{path}: its keys are nested too deep")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise RunFileError(f"{path}: its lists are nested too deep") from None
    except ValueError as error:
        problems = problems_of(text, repeated()) or [f"not valid TOML: {error}"]
        raise RunFileError([f"{path}: {problem}" for problem in problems]) from None


def _is_netcdf(path: Path) -> bool:
    """Not asked of a pipe, which gives its bytes once."""
    with path.open("rb") as file:
        return is_netcdf(file.read(8))


def _value(text: str) -> Any:
    """TOML if it is, else the text itself."""
    try:
        tree = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return tree["value"] if tree.keys() == {"value"} else text


def _lay_over(tree: dict[str, Any], override: Override, overridden: dict[Place, str]) -> str:
    """Put one value into `tree`; returns what is wrong with it, or nothing."""
    name, equals, text = override.partition("=") if isinstance(override, str) else (override[0], "=", "")
    parts = [part.strip() for part in name.split(".")]
    if len(parts) > 32 or _DEEP_KEY.search(text):
        return "its keys are nested too deep"
    if not equals or not all(parts):
        return "write it as KEY=VALUE, such as time.step=30s" if isinstance(override, str) else "is no key"
    value = _value(text.strip()) if isinstance(override, str) else override[1]
    here: Any = tree
    place: list[str | int] = []
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        step: str | int = part
        if isinstance(here, list):
            if not (part.isascii() and part.isdigit() and len(part) < 10 and int(part) < len(here)):
                return f"{_name(tuple(place))} has no number {part}: they count from 0 to {len(here) - 1}"
            step = int(part)
        elif not isinstance(here, dict):
            return f"{_name(tuple(place))} is {shown(here)}, not a table"
        place.append(step)
        if following is None:
            here[step] = value
        elif isinstance(here, list):
            here = here[int(step)]
        else:
            here = here.setdefault(part, [] if following.isdigit() else {})
    overridden[tuple(place)] = " (from --set)" if isinstance(override, str) else " (given beside it)"
    return ""


def _name(place: Place) -> str:
    """As TOML writes it: a key that is not a plain word stands in quotes."""
    return ".".join(str(part) if re.fullmatch(r"[\w-]{1,60}", str(part)) else shown(part) for part in place)


def _line(path: Path, place: Place, what: str, overridden: Mapping[Place, str]) -> str:
    """One problem in one line: file: key.path: what is wrong (did you mean ...?)."""
    said = next((words for given, words in overridden.items() if place[: len(given)] == given), "")
    return f"{path}: {_name(place)}{said}: {what}" if place else f"{path}: {what}"


def _sentence(place: Place, error: dict[str, Any]) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            return "unknown key" + _suggestion(place)
        case "missing" if place == ("release",):
            return "nothing is released: write a [[release]]"
        case "missing" if place == ("forcing",):
            return 'is missing: write [forcing] with files = ["..."]'
        case "missing":
            return "is missing"
        case "literal_error":
            choices = [choice.strip("'") for choice in context["expected"].replace(" or ", ", ").split(", ")]
            wanted = ", ".join(f'"{choice}"' for choice in choices)
            guess = closest(error["input"], choices) if isinstance(error["input"], str) else None
            return f"{shown(error['input'])} must be {wanted}" + (
                f' (did you mean "{guess}"?)' if guess else ""
            )
        case "model_type":
            return f"must be a table, not {shown(error['input'])}"
        case "tuple_type":
            return f"write [[{place[-1]}]], in double brackets"
        case "value_error":
            return str(context["error"]) if "error" in context else error["msg"].removeprefix("Value error, ")
    return str(context.get("said", error["msg"]))


def tables() -> dict[str, type[BaseModel]]:
    """The tables of a run file by name, in order; "" is the top."""
    found: dict[str, type[BaseModel]] = {"": RunFile}
    for name, field in RunFile.model_fields.items():
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                found[name] = kind
    return found


def keys_of(table: type[BaseModel]) -> list[str]:
    """The keys of a table that are no tables themselves, in order."""
    return [name for name, field in table.model_fields.items() if field.json_schema_extra is not None]


def repeated() -> set[str]:
    """Names of the tables that are written in double brackets, as often as you like."""
    return {name for name, field in RunFile.model_fields.items() if get_origin(field.annotation) is tuple}


def _suggestion(place: Place) -> str:
    """Where the unknown key may belong: a similar name in its table, or its own name in another."""
    word = str(place[-1])
    known = tables()
    home = str(place[0]) if len(place) > 1 else ""
    for name, table in known.items():
        if name != home and word in table.model_fields and word not in known:
            return f" (did you mean {name}.{word}?)" if name else f" ({word} goes above the first [table])"
    close = closest(word, list(known[home].model_fields)) if home in known else None
    return f" (did you mean {close}?)" if close else ""
