"""A checked run file as plain values with every default filled in, for attributes and records. Not its
schema."""

from typing import Any

from .model import RunFile


def resolved_keys(run_file: RunFile, *, whole: bool = False) -> dict[str, Any]:
    """The settings as JSON holds them, quantities with units, in the order of the model; it reads back as a
    run file.

    What cannot change a result (how work is shared, what is kept on the way, where tracks go) is left out
    unless `whole`, so that equal runs describe themselves alike.
    """
    tree = run_file.model_dump(mode="json", exclude_none=True)
    _keep_one(tree["advection"], "depth", "dimension")
    for release in tree["release"]:
        _keep_one(release, "sigma", "depth")
        if not {"point", "file"} & release.keys():
            del release["radius"]
    for block, statistic in zip(run_file.statistic, tree["statistic"], strict=True):
        for name in block.foreign & statistic.keys():
            del statistic[name]
    if run_file.ensemble.off:
        del tree["ensemble"]
    if not whole:
        del tree["parallel"], tree["checkpoint"]
        for key in ("file", "tracks", "split"):
            del tree["output"][key]
    return tree


def as_written(run_file: RunFile) -> dict[str, Any]:
    """The settings that are not the defaults, as a person would write them: others can be laid over it that
    don't go with a default, and it reads back as the same run file."""
    tree = run_file.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    _keep_one(tree.get("advection", {}), "depth", "dimension")
    for release in tree["release"]:
        _keep_one(release, "sigma", "depth")
    return tree


def _keep_one(table: dict[str, Any], key: str, otherwise: str) -> None:
    """`key` says what `otherwise` holds in another form: a run file has one of them."""
    if key in table:
        table.pop(otherwise, None)
