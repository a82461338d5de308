"""`fvdrift new`: a commented run file to start from, made from the declared keys or taken from `templates`. Not the
reference page (`schema`)."""

import sys
import textwrap
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from fvdrift.settings import keys_of, repeated, tables
from fvdrift.tools.new_file import check_free, write_new

from . import templates
from .schema import default_in_words, meaning

HEAD = {
    "basic": "# A run file for fvdrift: change what is here; `fvdrift new full` shows every key there is.",
    "full": "# A run file for fvdrift with every key; behind # are those with a default.",
}
ABOUT = {"basic": "The few keys that most runs set.", "full": "Every key there is, with its default."}


def main(template: str, output: str | None) -> int:
    """Print the template, or write it to `output`, and beside it what it needs, unless anything of that exists."""
    if template in HEAD:
        text, behaviour = run_file_template(template), None
        then = "set forcing.files and the release point, then"
    else:
        text, behaviour = templates.text(template), templates.beside(template)
        then = "change the lines marked CHANGE, then"
    beside = f"{template}.py"
    if output is None:
        sys.stdout.write(text)
        if behaviour:
            print(f"{beside}, which it needs, is written beside it by -o FILE", file=sys.stderr)
        return 0
    if behaviour:
        path = str(Path(output).with_name(beside))
        check_free(output)
        write_new(path, behaviour)
        print(f"{path}: the behaviour that it names", file=sys.stderr)
    write_new(output, text)
    print(f"{output}: {then}: fvdrift run {output}", file=sys.stderr)
    return 0


def list_all() -> int:
    """Print the name of each template, and what it is for."""
    every = {**ABOUT, **{name: templates.about(name) for name in templates.names()}}
    width = max(map(len, every))
    for name, about in every.items():
        print(f"{name:{width}}  {about}")
    return 0


def run_file_template(template: str) -> str:
    """A valid run file: "basic" has the few keys most runs set, "full" has all, behind # where they have a
    default."""
    blocks = [HEAD[template]]
    for name, table in tables().items():
        optional = name in repeated() - {"release"}
        lines = _keys(table, everything=template == "full")
        if not lines or (optional and template != "full"):
            continue
        if name:
            header = f"[[{name}]]" if name in repeated() else f"[{name}]"
            lines = [f"{header}  # {' '.join((table.__doc__ or '').split())}", *lines]
        if optional:
            lines = [line if line.startswith("#") else f"#{line}" for line in lines]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _keys(table: type[BaseModel], *, everything: bool) -> list[str]:
    lines = []
    for name in keys_of(table):
        extra: Any = table.model_fields[name].json_schema_extra
        if not (everything or extra["template"] != "full"):
            continue
        lines += [f"# {line}" for line in textwrap.wrap(_about(table, name), 112)]
        lines.append(f"{'' if extra['template'] == 'set' else '#'}{name} = {extra['example']}")
    return lines


def _about(table: type[BaseModel], name: str) -> str:
    default = default_in_words(table, name)
    said = meaning(table, name)
    return f"{said} Default: {default}." if default else said
