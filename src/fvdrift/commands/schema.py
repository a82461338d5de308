"""`fvdrift schema`: every key of a run file, as JSON schema or as a reference page, made from the declared
keys."""

import datetime
import json
import sys
import tomllib
from itertools import chain
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from fvdrift.settings import RunFile, keys_of, repeated, tables


def main(form: str) -> int:
    """Print the schema as "json" or "markdown"."""
    sys.stdout.write(reference_page() if form == "markdown" else json.dumps(json_schema(), indent=2) + "\n")
    return 0


def json_schema() -> dict[str, Any]:
    """JSON schema of the tree that TOML gives; editors complete and check run files with it."""
    schema = RunFile.model_json_schema()
    for name, table in tables().items():
        described = schema["$defs"][table.__name__] if name else schema
        for key in keys_of(table):
            _describe(described["properties"][key], default_of(table, key))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "fvdrift run file"}


def _describe(key: dict[str, Any], default: Any) -> None:
    """Turn what the model says of a key into what editors know."""
    example = tomllib.loads(f"value = {key.pop('example')}")["value"]
    key["examples"] = [example.isoformat() if isinstance(example, datetime.datetime) else example]
    for ours in ("template", "unit", "when_absent"):
        said = key.pop(ours)
        if said and ours != "template":
            key["description"] += f" Unit: {said}." if ours == "unit" else f" Default: {said}."
    if default is None:
        key.pop("default", None)
    else:
        key["default"] = default


def reference_page() -> str:
    """All keys with unit, default and meaning, as markdown."""
    lines = [
        "# The run file",
        "",
        'Quantities carry their unit in text (`"60s"`, `"2 km"`) or are numbers in the unit given here. '
        'Times are dates (UTC unless they say otherwise) or the time since the first record of the forcing (`"6h"`). '
        "Paths are relative to the run file. Unknown keys are errors.",
        "",
    ]
    for name, table in tables().items():
        heading = f"[[{name}]]" if name in repeated() else f"[{name}]" if name else "Above the first table"
        about = [" ".join((table.__doc__ or "").split()), ""] if name else []
        lines += [
            f"## {heading}",
            "",
            *about,
            "| key | unit | default | example | meaning |",
            "|---|---|---|---|---|",
        ]
        lines += [_row(table, key) for key in keys_of(table)]
        lines.append("")
    return "\n".join(lines)


def default_of(table: type[BaseModel], name: str) -> Any:
    """The default of key `name` as a plain value, quantities with units; None if it must be given or has
    none."""
    field = table.model_fields[name]
    return (
        None if field.is_required() else table.model_construct().model_dump(mode="json", include={name})[name]
    )


def default_in_words(table: type[BaseModel], name: str) -> str:
    """The default as a run file would write it, or said in words; nothing for a key that must be given or has
    none."""
    extra: Any = table.model_fields[name].json_schema_extra
    default = default_of(table, name)
    # text, numbers, lists, true and false look the same in JSON and TOML
    return extra["when_absent"] or ("" if default is None else json.dumps(default))


def meaning(table: type[BaseModel], name: str) -> str:
    """The sentence of key `name`, with what may be chosen."""
    field = table.model_fields[name]
    kinds = [kind for kind in (field.annotation, *get_args(field.annotation)) if get_origin(kind) is Literal]
    choices = [json.dumps(choice) for choice in chain.from_iterable(get_args(kind) for kind in kinds)]
    return f"{field.description}" + (f" One of {', '.join(choices)}." if len(choices) > 1 else "")


def _row(table: type[BaseModel], name: str) -> str:
    field = table.model_fields[name]
    extra: Any = field.json_schema_extra
    default = default_in_words(table, name)
    if not extra["when_absent"]:
        default = f"`{default}`" if default else "must be given" if field.is_required() else "none"
    return f"| `{name}` | {extra['unit']} | {default} | `{extra['example']}` | {meaning(table, name)} |"
