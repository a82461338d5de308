"""What runs that go on side by side move through: one mesh, and all fields that any of them needs. A single
run has it too."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from fvdrift.forcing import Fields, TimedFrame
from fvdrift.mesh import InFile, Subdomain, Surroundings, WholeMesh, cut_subdomain
from fvdrift.settings import Parallel

from .frame_supply import Supply, together
from .load import weights_of
from .prepare import Preparation


class SharedForcing:
    """Of prepared runs that read the same forcing on the same mesh. timeline: of the first."""

    def __init__(self, members: Sequence[Preparation]):
        first = members[0]
        self.series, self.timeline, self.direction = first.series, first.timeline, first.order.direction
        self.parallel: Parallel = first.run_file.parallel
        self.cubic = any(member.timeline.cubic for member in members)
        self.node_rings = max(member.node_rings for member in members)
        given = {name: values for member in members for name, values in member.mesh.given.items()}
        self.mesh: WholeMesh = replace(first.mesh, given=given)
        self.supply: Supply = together([member.supply for member in members])

    @cached_property
    def surroundings(self) -> Surroundings:
        return Surroundings(self.mesh)

    def cut_subdomain(self, owned: tuple[int, int], distance: float) -> Subdomain:
        """The subdomain of a worker that owns these elements and sees so far (m) beyond them."""
        h = self.series.h[self.mesh.file_node]
        return cut_subdomain(
            self.mesh, self.surroundings, h, owned=owned, distance=distance, node_rings=self.node_rings
        )

    def cut_frame(self, number: int, fields: Fields, subdomain: Subdomain) -> TimedFrame:
        """The part of a reduced frame that belongs to a subdomain; number: of the frame."""
        return self.supply.cut(self.time_of(number), fields, self.in_file(subdomain))

    def in_file(self, subdomain: Subdomain) -> InFile:
        """Where the elements and nodes of a subdomain stand in the order of the files."""
        elements, nodes = self.mesh.file_element[subdomain.elements], self.mesh.file_node[subdomain.nodes]
        return InFile(elements.astype(np.int32), nodes.astype(np.int32))

    def time_of(self, number: int) -> int:
        """Of a frame, microseconds."""
        return int(self.series.times[number])

    def first_frame(self) -> Fields:
        """All fields at the beginning, reduced, in the order of the files."""
        return self.supply.reduce(self.series.read(self.timeline.frames.start, self.supply.names))

    def weights_of(self, elements: np.ndarray, particles: np.ndarray) -> np.ndarray:
        """Weights of all elements where some hold so many particles of any run."""
        return weights_of(self.mesh, self.timeline, elements, particles)
