"""The keys of [advection] and [diffusion], declared once."""

from collections.abc import Iterator, Set
from typing import Literal, Self

from pydantic import model_validator

from . import key_types as kinds
from .depths import Dimension
from .table import Table, key


class Advection(Table):
    """How the flow moves particles."""

    scheme: Literal["rk4", "rk2", "euler"] = key("How a step is integrated.", "rk4", example='"rk4"')
    dimension: kinds.Moves = key(
        'What moves particles: "3d" flow, "2d" (the depth mean), or the flow at the "surface", where they stay then.',
        Dimension("3d"),
        example='"3d"',
    )
    depth: kinds.OptionalDepth = key(
        "Instead of dimension: depth below the moving surface that particles are held at.",
        None,
        example='"5m"',
        unit="m",
        when_absent="as dimension says",
    )

    vertical_velocity: Literal["auto", "omega", "ww", "continuity"] = key(
        "What a 3-D run moves particles up and down by: omega of the files, omega worked out of their ww, or omega rebuilt from "
        "the horizontal flow; auto: omega, and continuity where there is none.",
        "auto",
        example='"auto"',
    )
    coast_gradient: Literal["impermeable", "zero", "neighbours"] = key(
        "How velocity varies within elements at the edge of the mesh: across a coast side it falls to zero at the side, not "
        "at all, as in FVCOM's own tracker, or by the neighbours they have.",
        "impermeable",
        example='"impermeable"',
    )
    level_slope: Literal["followed", "zero"] | None = key(
        "Where sigma levels differ from place to place: whether they slope within elements, so that omega, the flow through "
        "them, moves particles as the water moves; or not, as in FVCOM's own tracker, where they go up and down with the levels.",
        None,
        example='"followed"',
        when_absent='"followed"',
    )
    stokes_drift: kinds.OptionalPair = key(
        "The variables on elements that hold the Stokes drift towards x and y in m/s, in layers or at the surface.",
        None,
        example='["u_stokes", "v_stokes"]',
        when_absent="no Stokes drift",
    )
    stokes_depth: kinds.OptionalPositiveLength = key(
        "Depth at which a Stokes drift given at the surface only has fallen to 1/e of it; each particle feels that of its depth.",
        None,
        example='"5m"',
        unit="m",
        when_absent="the drift is given in layers",
    )

    @classmethod
    def conflicts(cls, given: Set[str]) -> Iterator[str]:
        if {"dimension", "depth"} <= given:
            yield "dimension and depth are both given: take one away (depth holds particles at that depth)"
        if "stokes_depth" in given and "stokes_drift" not in given:
            yield "stokes_depth needs stokes_drift, the variables that hold the drift"

    @model_validator(mode="after")
    def _depth_is_a_dimension(self) -> Self:
        if self.depth is not None:
            self.__dict__["dimension"] = Dimension("depth", self.depth)
        return self


class Diffusion(Table):
    """The random walk that stands for mixing; off where nothing is given."""

    horizontal: kinds.HorizontalDiffusivity = key(
        'Horizontal diffusivity: a value, or smagorinsky times "viscofh" from the files, or from the shear of the flow '
        '("smagorinsky").',
        None,
        example='"1 m2/s"',
        unit="m2/s",
        when_absent="no horizontal walk",
    )
    vertical: kinds.VerticalDiffusivity = key(
        'Vertical diffusivity: a value, or "kh" from the files.',
        None,
        example='"kh"',
        unit="m2/s",
        when_absent="no vertical walk",
    )
    scheme: Literal["reversible", "milstein", "visser", "euler", "naive"] = key(
        "How the walk in the column is stepped: all but reversible are for comparison, and naive is wrong.",
        "reversible",
        example='"reversible"',
    )
    smagorinsky: kinds.OptionalCoefficient = key(
        "What viscofh is multiplied by (FVCOM's HORIZONTAL_MIXING_COEFFICIENT where its type is 'closure').",
        None,
        example="0.2",
        when_absent="nn_hvc of the files, or 0.2",
    )
