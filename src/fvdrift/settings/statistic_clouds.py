"""Keys of the [[statistic]]s that compare particles with each other. Which kinds have which is said in
`statistic`."""

from . import key_types as kinds
from .table import Table, key


class CloudKeys(Table):
    """Which particles form a cloud or a grid."""

    apart: kinds.Flag = key("cloud: whether each release is a cloud of its own.", True, example="true")
    points: kinds.OptionalCells = key(
        "ftle: columns and rows of the release's particles: its first row of points first, along x.",
        None,
        example="[40, 20]",
        when_absent="must be given for ftle",
    )
    after: kinds.OptionalDuration = key(
        "ftle: the age at which the particles' places are taken; a multiple of every.",
        None,
        example='"15h"',
        unit="s",
        when_absent="their age at the last sampling time",
    )
