"""What all tables of a run file share: how a key is declared and how problems are gathered. No key is
declared here."""

import difflib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.config import JsonDict
from pydantic.functional_validators import ModelWrapValidatorHandler
from pydantic_core import PydanticCustomError

from fvdrift.tools.duration import format_duration

from .instants import Instant, format_instant


def key(
    text: str,
    default: Any = ...,
    *,
    example: str,
    unit: str = "",
    when_absent: str = "",
    template: Literal["set", "basic", "full"] = "full",
) -> Any:
    """One key. `example`: a value as in TOML; `unit`: what a bare number means; `when_absent`: a default in
    words.

    `template`: whether templates set the key, the basic one shows it, or only the full one does.
    """
    extra: JsonDict = {"unit": unit, "example": example, "when_absent": when_absent, "template": template}
    return Field(default, description=text, json_schema_extra=extra)


class Table(BaseModel):
    """A table of a run file: what is wrong with its keys one by one and together comes out at once."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)

    def __init_subclass__(cls, **options: Any) -> None:
        """Templates and the reference page show what a table is in one line."""
        super().__init_subclass__(**options)
        cls.__doc__ = " ".join((cls.__doc__ or "").split())

    @classmethod
    def conflicts(cls, given: Set[str]) -> Iterator[str]:
        """What is wrong with these keys being given, and no others, whatever their values."""
        yield from ()

    @model_validator(mode="wrap")
    @classmethod
    def _one_by_one_and_together(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        problems: list[Any] = []
        table = None
        try:
            table = handler(data)
        except ValidationError as error:
            for e in error.errors(include_url=False):
                again = PydanticCustomError(e["type"], "{said}", {**e.get("ctx", {}), "said": e["msg"]})
                problems.append({"type": again, "loc": e["loc"], "input": e["input"]})
        if isinstance(data, Mapping):
            problems += [
                {"type": PydanticCustomError("conflict", "{said}", {"said": said})}
                for said in cls.conflicts(data.keys())
            ]
        if problems or table is None:
            raise ValidationError.from_exception_data(cls.__name__, problems)
        return table


def problems_at(found: Sequence[tuple[tuple[str | int, ...], str]]) -> ValidationError:
    """Problems of keys further in than the one whose validator raises this."""
    problems: list[Any] = [
        {"type": PydanticCustomError("conflict", "{said}", {"said": said}), "loc": loc} for loc, said in found
    ]
    return ValidationError.from_exception_data("Table", problems)


def closest(word: str, words: Sequence[str]) -> str | None:
    """The one of `words` that was meant, if one is near."""
    return next(iter(difflib.get_close_matches(word.lower(), words, n=1, cutoff=0.6)), None)


def unknown_keys(table: Iterable[str], known: Collection[str]) -> list[tuple[tuple[str, ...], str]]:
    """Keys of a table within a line that it does not have, each with what was meant."""
    guesses = {name: closest(name, list(known)) for name in table if name not in known}
    return [
        ((name,), "unknown key" + (f" (did you mean {guess}?)" if guess else ""))
        for name, guess in guesses.items()
    ]


def inline_table(
    table: Mapping[str, object],
    readers: Mapping[str, Callable[[object], Any]],
    needed: Iterable[str],
    conflict: str = "",
) -> dict[str, Any]:
    """The values of a table within a line, read. `conflict`: what is wrong with the keys it has, if anything
    is."""
    problems: list[tuple[tuple[str, ...], str]] = [((), conflict)] if conflict else []
    problems += unknown_keys(table, readers)
    read: dict[str, Any] = {}
    for name, value in table.items():
        if name not in readers:
            continue
        try:
            read[name] = readers[name](value)
        except ValidationError as error:  # of a table within this one
            problems += [((name, *map(str, e["loc"])), e["msg"]) for e in error.errors()]
        except ValueError as error:
            problems.append(((name,), str(error)))
    problems += [((name,), "is missing") for name in needed if name not in table]
    if problems:
        raise problems_at(problems)
    return read


def off_the_grid(every: int | None, time_step: int, name: str = "time.step") -> str:
    """What is wrong with an interval (microseconds) that does not fall on steps, of the key `name`; nothing
    if it does."""
    if every is None or every % time_step == 0:
        return ""
    below = every // time_step * time_step
    near = [format_duration(found) for found in (below, below + time_step) if found]
    said = f"{format_duration(every)} is not a multiple of {name} {format_duration(time_step)}"
    return f"{said}: take {' or '.join(near)}"


def check_order(name: str, later: Instant, start: Instant | None, *, may_equal: bool) -> None:
    """Two times can be compared here if both have a date, or both count from the first record."""
    if start is None or start.relative != later.relative:
        return
    if later < start or (later == start and not may_equal):
        order = "before" if may_equal else "not after"
        raise ValueError(f"{name} {format_instant(later)} is {order} start {format_instant(start)}")
