"""What the files of a series offer together, by their heads. No field is read."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..fields import Variable
from .file import FileHead
from .vertical import FileLayers

Found = tuple[dict[str, Variable], list[str]]  # and sentences about it


def common_variables(heads: Sequence[FileHead]) -> Found:
    """The fields that every file has, as the first describes them."""
    held = [{*head.variables, *(("wet_cells",) if head.has_wet else ())} for head in heads]
    without: dict[tuple[str, ...], list[str]] = {}
    for key in sorted(set().union(*held) - set.intersection(*held)):
        lacking = tuple(head.name for head, names in zip(heads, held, strict=True) if key not in names)
        without.setdefault(lacking, []).append(key)
    notes = []
    for files, keys in without.items():
        more = f" and {len(files) - 1} more" if len(files) > 1 else ""
        notes.append(f"{', '.join(keys)}: not in every file (not in {files[0]}{more}), so not used")
    return {key: v for key, v in heads[0].variables.items() if all(key in names for names in held)}, notes


def without_layers(variables: Mapping[str, Variable], why: str) -> Found:
    """The fields that serve where nothing says where the layers lie."""
    in_layers = [name for name, it in variables.items() if it.vertical != "none" or name in ("u", "v")]
    left = {name: it for name, it in variables.items() if name not in in_layers}
    return left, [f"{why}; so {', '.join(in_layers)} are not used, and ua, va serve a run of dimension 2d"]


def best_vertical(layers: FileLayers | None, variables: Mapping[str, Variable]) -> tuple[str, list[str]]:
    """Which variable gives the vertical motion: "omega", "ww" or "none"; and sentences about it."""
    if layers is None:
        return "none", []
    omega, ww = variables.get("omega"), variables.get("ww")
    notes = []
    if omega is not None and omega.vertical == "level" and omega.location == "node":
        if layers.levels_hold:
            return "omega", []
        notes.append(
            "omega: its levels do not reach from surface to bed as they are known here, so it is not used"
        )
    serves = ww is not None and ww.vertical == "layer" and ww.location == "element"
    return "ww" if serves else "none", notes


def mesh_notes(turned: int, numbers: np.ndarray, nodes: int, name: str) -> list[str]:
    """What is odd about a mesh. turned: elements that ran the other way round; numbers: int32 (element, 3)
    from 0."""
    notes = []
    if 0 < turned < len(numbers):
        fewer = min(turned, len(numbers) - turned)
        notes.append(f"{name}: nv: {fewer} of {len(numbers)} elements run the other way round; turned")
    unused = nodes - np.unique(numbers).size
    if unused:
        notes.append(f"{name}: {unused} of {nodes} nodes belong to no element")
    return notes
