"""What a worker records along tracks beside the places of particles. How it is computed is `fields.sampling`'s."""

from typing import NamedTuple


class Sample(NamedTuple):
    """A variable recorded along tracks. location: "node", "element", or "column" of the particle's own;
    vertical: "layer", "level", "none"; exact: whether it is recorded in double precision."""

    name: str
    location: str
    vertical: str
    exact: bool = False
