"""Who is counted in a statistic, as its run file says: what a picture tells of it. Nothing is drawn here."""

import json
from typing import Any

from .answer_file import Answers, Statistic

USUAL = {"concentration": ["active"]}  # statuses, by kind
_OTHERWISE = ["active", "stranded", "deposited"]
_RANGES = {
    "depth": "{} to {} deep",
    "height": "{} to {} above the bed",
    "sigma": "sigma {} to {}",
    "age": "age {} to {}",
    "competency": "competent from {} to {}",
}


def conditions(answers: Answers, statistic: Statistic) -> str:
    """Filters and limits that are not the usual ones, "" where there are none, or the file does not tell them."""
    block = _block(answers, statistic)
    said = []
    status = block.get("status") or []
    if status and sorted(status) != sorted(USUAL.get(statistic.kind, _OTHERWISE)):
        said.append(f"status {' or '.join(map(str, status))}")
    if block.get("releases"):
        said.append(f"releases {', '.join(map(str, block['releases']))}")
    for key, form in _RANGES.items():
        both = block.get(key)
        if isinstance(both, list) and len(both) == 2:
            said.append(form.format(*both))
    for by, both in (block.get("layers") or {}).items():
        if isinstance(both, list) and len(both) == 2:  # the one layer: no panel names it
            said.append(_RANGES[by].format(*both))
    if block.get("where"):
        said.append(f"where {block['where']}")
    if block.get("dry") is not None:
        said.append("on dry elements" if block["dry"] else "on wet elements")
    return ", ".join(said)


def _block(answers: Answers, statistic: Statistic) -> dict[str, Any]:
    try:
        blocks = json.loads(str(answers.attributes.get("run_file", "{}"))).get("statistic") or []
    except (ValueError, AttributeError):
        return {}
    for block in blocks:
        if isinstance(block, dict) and (block.get("name") or block.get("kind")) == statistic.name:
            return block
    return {}
