"""What a checkpoint belongs to, and how to tell that it does not belong here. Not where it is found
(`simulation.start`)."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from importlib.metadata import version
from pathlib import Path
from typing import Any

import llvmlite.binding
import numpy as np

from fvdrift.errors import RunFileError
from fvdrift.forcing import fingerprint_of
from fvdrift.output import files_of
from fvdrift.preparation import Preparation, RunTimeline
from fvdrift.release import ReleasePlan
from fvdrift.settings import RunFile, resolved_keys, run_file_from
from fvdrift.tools import feature_file
from fvdrift.version import __version__

from .arithmetic import arithmetic
from .state import IdentityState

_MAY_DIFFER = (
    ("time", "end"),
    ("time", "duration"),
    ("output", "file"),
    ("output", "tracks"),
    ("output", "split"),
)
_SHOWN = 60  # characters of a value in a message


def identity_of(prepared: Preparation) -> IdentityState:
    """What has to be the same for a run to go on (but `version` and `compiler`, to tell a person). Raises
    OSError where an input file has gone."""
    run_file, series = prepared.run_file, prepared.series
    return {
        "version": __version__,
        "arithmetic": arithmetic(),
        "compiler": _compiler(),
        "run_file": settings(run_file),
        "tracks": prepared.order.tracks,
        "start": prepared.timeline.grid.start,
        "end": prepared.timeline.grid.end,
        "inputs": {name: _print_of_all(path) for name, path in inputs(run_file)},
        "forcing": [[path.name, fingerprint_of(path)] for path in series.files],
        "trajectories": prepared.releases.total,
        "releases": released(prepared.releases, prepared.releases.total),
        "mesh": prepared.forcing.mesh_prints,
    }


def settings(run_file: RunFile) -> dict[str, Any]:
    """The run file without the keys that may differ when the run is resumed."""
    return _same_part(resolved_keys(run_file))


def written_settings(attribute: str) -> dict[str, Any]:
    """The same of the run file that a file of tracks holds; nothing where it holds none."""
    try:
        return settings_then(_same_part(json.loads(attribute)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def settings_then(tree: dict[str, Any]) -> dict[str, Any]:
    """What `settings` gave, perhaps in another version, with the defaults of the keys that there were not
    yet."""
    try:
        return settings(run_file_from(deepcopy(tree), Path("run.toml"), resolved=True))
    except RunFileError:  # it had a key that is no more: that is the difference to tell
        return tree


def _same_part(tree: dict[str, Any]) -> dict[str, Any]:
    for table, key in _MAY_DIFFER:
        tree[table].pop(key, None)
    for table in ("parallel", "checkpoint"):
        tree.pop(table, None)
    return tree


def inputs(run_file: RunFile) -> Iterator[tuple[str, Path]]:
    """Files that the run file names beside the forcing, by their keys."""
    for number, release in enumerate(run_file.release):
        if release.file is not None:
            yield f"release.{number}.file", run_file.resolve(release.file)
        if isinstance(release.rate, str):
            yield f"release.{number}.rate", run_file.resolve(release.rate)
    own = run_file.behaviour.custom
    for number, statistic in enumerate(run_file.statistic):
        for key in ("polygons", "sources", "lines"):
            file = getattr(statistic, key)
            if file is not None and file != "releases":
                yield f"statistic.{number}.{key}", run_file.resolve(file)
    named = {
        "boundary.open": run_file.boundary.open if run_file.boundary.open != "none" else None,
        "behaviour.settlement": run_file.behaviour.settlement,
        "behaviour.custom": None if own is None else own.file,
    }
    for key, name in named.items():
        if isinstance(name, str):
            yield key, run_file.resolve(name)


def released(plan: ReleasePlan, count: int) -> str:
    """A hash of when and from which release the first `count` particles start, and what they carry: who gets which
    number."""
    ids = np.arange(count, dtype=np.int64)
    digest = hashlib.blake2b(plan.born_of(ids).tobytes(), digest_size=16)
    digest.update(plan.release_of(ids).tobytes())
    if plan.amount is not None:
        digest.update(plan.amounts_at(ids).tobytes())
    return digest.hexdigest()


def seen_frames(timeline: RunTimeline, until: int) -> list[int | None]:
    """Times of the frames that the last interval before `until` looks at, [] where there is none.

    Where a series has grown, cubic interpolation looks at frames that were not there.
    """
    last = [interval for interval in timeline.intervals if interval.start < until][-1:]
    return list(timeline.window_times(last[0])) if last else []


def difference(then: IdentityState, prepared: Preparation) -> str:
    """The first thing for which a checkpoint of identity `then` is not of this run, as a sentence goes on; ""
    for none."""
    run_file, series = prepared.run_file, prepared.series
    if then["arithmetic"] != arithmetic():
        mine, theirs = f"{__version__} ({arithmetic()[:8]})", f"{then['version']} ({then['arithmetic'][:8]})"
        return f"it was kept by the arithmetic of fvdrift {theirs}, which is another than that of {mine}"
    for key, before, now in differences(settings_then(then["run_file"]), settings(run_file)):
        return f"{key} was {shown(before)} and is {shown(now)}"
    if then["tracks"] != prepared.order.tracks:
        return f"output.tracks was {shown(then['tracks'])} and is {shown(prepared.order.tracks)}"
    if then["start"] != prepared.timeline.grid.start:
        began, begins = (series.describe_time(time) for time in (then["start"], prepared.timeline.grid.start))
        return f"the run began at {began}, and would now at {begins}"
    now = prepared.forcing.mesh_prints
    for key, was in then.get("mesh", now).items():
        if now.get(key) != was:
            return f"{key} of the forcing {series.name} is another than it was"
    for key, path in inputs(run_file):
        if _fingerprint(path, _print_of_all) != then["inputs"].get(key):
            return f"{key}: {path.name} has changed since"
    there = {path.name: path for path in series.files}
    for name, was in then["forcing"]:
        if name not in there:
            return f"the forcing {name} is not among forcing.files any more"
        if _fingerprint(there[name]) != was:
            return f"the forcing {name} has changed since"
    total = then["trajectories"]
    if prepared.releases.total < total or released(prepared.releases, total) != then["releases"]:
        return (
            "particles would have other numbers, or carry something else: give each [[release]] that goes on to the end of the "
            "run an until"
        )
    later = prepared.releases.events["first_id"] >= total
    if (prepared.releases.events["time_us"][later] <= then["end"]).any():
        return "a rate would start something at the end that the run had: give its [[release]] an until"
    return ""


def differences(then: Any, now: Any, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Keys of two trees that differ, with both values (None where there is none)."""
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys((*then, *now)):
            yield from differences(then.get(key), now.get(key), f"{place}.{key}" if place else key)
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for number, pair in enumerate(zip(then, now, strict=True)):
            yield from differences(*pair, f"{place}.{number}")
    elif then != now:
        yield place, then, now


def rounding(then: IdentityState) -> str:
    """Where numbers may differ in their last digit from those of an undisturbed run; "" if they don't."""
    was = then["compiler"]
    return "; ".join(
        f"{name} {was.get(name)} then, {now} now" for name, now in _compiler().items() if was.get(name) != now
    )


def _compiler() -> dict[str, str]:
    return {"numba": version("numba"), "cpu": llvmlite.binding.get_host_cpu_name()}


def _fingerprint(path: Path, print_of: Callable[[Path], str] = fingerprint_of) -> str:
    try:
        return print_of(path)
    except OSError:
        return ""


def _print_of_all(path: Path) -> str:
    """Of a file, and of all that it is read from: tracks that are cut into several, what lies beside a shapefile."""
    first, *others = files_of(path) if path.suffix.lower() == ".nc" else feature_file.files_of(path)
    if not others:
        return fingerprint_of(first)
    prints = "".join(fingerprint_of(each) for each in (first, *others))
    return hashlib.blake2b(prints.encode(), digest_size=16).hexdigest()


def shown(value: Any) -> str:
    """A value of a run file, for a message."""
    text = "not given" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
