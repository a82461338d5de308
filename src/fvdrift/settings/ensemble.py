"""The table of an ensemble: what varies between its members. The values are read in `ensemble_values`."""

from typing import Literal

from . import key_types as kinds
from .table import Table, key


class Ensemble(Table):
    """Runs that differ in some keys, made in one pass over the forcing; each member writes tracks of its
    own."""

    vary: kinds.Varied = key(
        "Keys that vary, in their own tables: each a list of values; or a range { from, to, count } with spacing = "
        '"log" if wished; or a distribution that every member draws from: uniform or log_uniform = [lowest, highest], '
        "normal = [mean, standard deviation], lognormal = [median, factor].",
        {},
        example='{ diffusion.horizontal = ["0.1 m2/s", "1 m2/s", "10 m2/s"] }',
        when_absent="nothing varies",
    )
    combine: Literal["product", "together"] = key(
        "Of several lists: each value with each of the others, or the first with the first, the second with the second.",
        "product",
        example='"product"',
    )
    members: kinds.Members = key(
        "How often each combination of the lists is made, each time with other draws; if seed doesn't vary, all but the first "
        "draw a seed of their own too.",
        1,
        example="20",
    )

    @property
    def off(self) -> bool:
        """Whether there is one run and no ensemble."""
        return not self.vary and self.members == 1
