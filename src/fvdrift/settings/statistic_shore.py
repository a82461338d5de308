"""Keys of the [[statistic]]s of the coast. Which kinds have which is said in `statistic`."""

from . import key_types as kinds
from .table import Table, key


class ShoreKeys(Table):
    """How the coast is cut."""

    length: kinds.OptionalPositiveLength = key(
        "shore: about how long a segment of the coast is; it has whole sides of the mesh.",
        None,
        example='"1 km"',
        unit="m",
        when_absent="each side is a segment",
    )
