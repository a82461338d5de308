"""Keys of the [[statistic]]s about a variable along particles. Which kinds have which is said in `statistic`."""

from . import key_types as kinds
from .table import Table, key


class MeanKeys(Table):
    """Which variable."""

    variable: kinds.OptionalText = key(
        "mean: variable of the files, field, column that particles carry, or z, sigma, water_depth, bottom_depth or age.",
        None,
        example='"temp"',
        when_absent="must be given for mean",
    )
