"""Templates of job scripts, and how a value gets into one without being read as anything else. Schedulers are
not known here."""

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from importlib.resources import files

_GAP = re.compile(r"@\{([a-z_]+)\}")  # a $ stays the shell's


def fill(name: str, values: Mapping[str, str | int]) -> str:
    """The template `name` with a value for each @{name}; a line that held only empty values is left out."""
    text = (files(__package__) / "templates" / name).read_text(encoding="utf-8")
    lines = []
    for line in text.splitlines():
        # once: what is in a value is not looked at again
        filled = _GAP.sub(lambda gap: str(values[gap[1]]), line)
        if filled or not line:
            lines.append(filled)
    return "\n".join(lines) + "\n"


def words(command: Sequence[str]) -> str:
    """As bash reads it back, word for word."""
    return shlex.join(command)


def words_of_each(command: Sequence[str], mark: str, variable: str) -> str:
    """As `words`, with the value of a variable of bash where `mark` stands."""
    return " ".join(f'"${{{variable}}}"'.join(map(_part, word.split(mark))) for word in command)


def _part(text: str) -> str:
    return shlex.quote(text) if text else ""


def scalar(text: str) -> str:
    """As YAML reads it back."""
    return json.dumps(text)


def container_word(text: str) -> str:
    """A word of a container's command or environment, as YAML and then the kubelet read it, which would
    replace $(NAME)."""
    return scalar(text.replace("$", "$$"))


def job_name(stem: str, pattern: str, longest: int) -> str:
    """A name for a job from that of its run file: what does not match `pattern` becomes a hyphen."""
    return re.sub(rf"(?:(?!{pattern}).)+", "-", stem, flags=re.DOTALL)[:longest].strip("-._") or "fvdrift"
