"""The members of an ensemble: the run file of each. How they go on side by side is
`simulation.side_by_side`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod
from pathlib import Path
from random import Random
from typing import Any

from fvdrift.errors import RunFileError
from fvdrift.output import check_outputs, statistics_path
from fvdrift.settings import (
    MOST,
    Override,
    RunFile,
    Spread,
    as_written,
    resolved_keys,
    run_file_with,
    spreads,
)


@dataclass
class Member:
    """run_file: of a run like any other; name: "member 01", or "" where there is no ensemble; values: of the
    keys that vary, as a run file has them."""

    run_file: RunFile
    name: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def tracks(self) -> Path:
        """The file its tracks go to, or would."""
        return self.run_file.resolve(self.run_file.output.file)

    def check_outputs(self, overwrite: bool) -> None:
        """Refuse early where what it writes is there already, or cannot be written. Raises RunFileError and
        OutputError."""
        wish = self.run_file
        wish.keep_forcing(self.tracks, statistics_path(self.tracks))
        check_outputs(self.tracks, overwrite, tracks=wish.output.tracks, statistics=bool(wish.statistic))


def members_of(run_file: RunFile) -> list[Member]:
    """The members of its ensemble in their order, or the run file itself. Raises RunFileError with what is
    wrong with any."""
    if run_file.ensemble.off:
        return [Member(run_file)]
    table = _values(run_file)
    digits = max(2, len(str(len(table))))
    members, problems = [], []
    for number, values in enumerate(table, 1):
        name, tree = f"member {number:0{digits}d}", as_written(run_file)
        del tree["ensemble"]
        tracks = run_file.output.file.removesuffix(".nc") + f".member-{number:0{digits}d}.nc"
        laid_over: list[Override] = [*values.items(), ("output.file", tracks)]
        try:
            made = run_file_with(tree, run_file.path, laid_over, source=Path(f"{run_file.path}, {name}"))
        except RunFileError as error:
            problems += error.problems
        else:
            members.append(Member(made, name, values))
    if problems:
        raise RunFileError(problems)
    _refuse_copies(run_file, members)
    return members


def _refuse_copies(run_file: RunFile, members: Sequence[Member]) -> None:
    """A member that counts twice makes what they have in common look surer than it is. Raises
    RunFileError."""
    seen: dict[str, str] = {}
    for member in members:
        tree = resolved_keys(member.run_file, whole=True)
        tree.pop("title", None)
        tree["output"].pop("file", None)
        text = json.dumps(tree, sort_keys=True)
        if text in seen:
            several = "members" if run_file.ensemble.members > 1 else "vary"
            listed = "seed" in member.values and several == "members"
            why = ": where seed varies by a list, members makes copies" if listed else ""
            raise RunFileError(
                f"{run_file.path.name}: ensemble.{several}: {seen[text]} and {member.name} are the same run{why}; "
                "let each differ from the others"
            )
        seen[text] = member.name


def seeds_said(members: Sequence[Member]) -> str:
    """A sentence where several members have one seed, else ""."""
    seeds = {member.run_file.seed for member in members}
    if len(seeds) == len(members):
        return ""
    several = (
        f"{len(seeds)} seeds for {len(members)} members"
        if len(seeds) > 1
        else f"all {len(members)} members have one seed"
    )
    return f"{several}: those of one seed draw the same random numbers, and differ by what varies alone"


def table_of(members: Sequence[Member]) -> list[str]:
    """What each member has of the keys that vary, a line each."""
    said = [
        ", ".join(f"{key} = {_shown(value)}" for key, value in member.values.items()) for member in members
    ]
    return [f"{member.name}: {values}" for member, values in zip(members, said, strict=True)]


def _shown(value: Any) -> str:
    """As TOML has it, but for text, which goes without quotes."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _values(run_file: RunFile) -> list[dict[str, Any]]:
    """By member, the values of the keys that vary."""
    wish, place = run_file.ensemble, f"{run_file.path.name}: ensemble"
    of_keys = spreads(wish.vary)
    listed = [spread for spread in of_keys if spread.listed]
    combinations = _combinations(listed, wish.combine, place)
    total = len(combinations) * wish.members
    if total > MOST:
        raise RunFileError(f"{place}.members: {total:,} members are more than {MOST}")
    drawn = _drawn(run_file, of_keys, len(combinations))
    named = [spread.key for spread in listed]
    found = [
        dict(zip(named, combinations[number // wish.members], strict=True))
        | {key: of_key[number] for key, of_key in drawn.items()}
        for number in range(total)
    ]
    return [_as_written(of_keys, of_one) for of_one in found]


def _combinations(listed: list[Spread], combine: str, place: str) -> list[tuple[Any, ...]]:
    """The values of the listed keys that members have. place: of the ensemble, as messages name it. Raises
    RunFileError."""
    lists = [spread.listed for spread in listed]
    if combine == "together":
        if len({len(values) for values in lists}) > 1:
            said = ", ".join(f"{spread.key} has {len(spread.listed)}" for spread in listed)
            raise RunFileError(f"{place}.combine: lists that go together must be of one length: {said}")
        return list(zip(*lists, strict=True)) if lists else [()]
    number = prod(len(values) for values in lists)
    if number > MOST:
        instead = 'vary less, or combine = "together"'
        raise RunFileError(f"{place}.vary: {number:,} combinations are more than {MOST}: {instead}")
    return list(product(*lists))


def _drawn(run_file: RunFile, of_keys: list[Spread], combinations: int) -> dict[str, list[Any]]:
    """By key, what every member has of the keys that no list gives: those drawn from a distribution, and the
    seed where members would be alike without."""
    seed, each = run_file.seed, run_file.ensemble.members
    # in the order in which more of `members` would come, so that those there are keep what they have
    order = [number // each + number % each * combinations for number in range(combinations * each)]
    drawn = {}
    for spread in of_keys:
        if spread.kind:
            values = spread.draw(seed, len(order))
            drawn[spread.key] = [values[place] for place in order]
    if each > 1 and "seed" not in {spread.key for spread in of_keys}:
        drawn["seed"] = _seeds(seed, combinations, each)
    return drawn


def _as_written(of_keys: list[Spread], values: dict[str, Any]) -> dict[str, Any]:
    """In the order in which keys are written."""
    return {key: values[key] for key in dict.fromkeys([*(spread.key for spread in of_keys), *values])}


def _seeds(seed: int, combinations: int, each: int) -> list[int]:
    """The seed of the run file for the first of each combination, and others for the rest, the same for every
    combination."""
    stream = Random(f"{seed} seed")
    others = [stream.getrandbits(32) for _ in range(each - 1)]
    return [seed, *others] * combinations
