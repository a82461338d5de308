"""The keys of [boundary], declared once. Not which sides are open (that is `mesh.open_boundary`)."""

from typing import Literal

from pydantic import ValidationInfo, field_validator

from . import key_types as kinds
from .table import Table, key


class Boundary(Table):
    """What happens at the edges of the water."""

    coast: Literal["slide", "reflect", "strand"] = key(
        "At the coast: keep the part of the move along it, bounce, or stay there: for good, or as refloat says.",
        "slide",
        example='"slide"',
    )
    refloat: kinds.OptionalDuration = key(
        "Time on the shore after which half of the stranded are afloat again.",
        None,
        example='"12h"',
        unit="s",
        when_absent="never",
    )
    bottom: Literal["reflect", "deposit"] = key(
        "At the bed: turned back, or deposited there where settling or the random walk brings a particle: for good, or as "
        "resuspension says.",
        "reflect",
        example='"reflect"',
    )
    resuspension: kinds.OptionalPositiveSpeed = key(
        "Critical shear velocity at the bed, above which what lies there is taken up again.",
        None,
        example='"1 cm/s"',
        unit="m/s",
        when_absent="never",
    )
    roughness: kinds.PositiveLength = key(
        "Roughness length of the bed, that its shear velocity is worked out with.",
        0.001,
        example='"1 mm"',
        unit="m",
    )
    open: kinds.OpenBoundary = key(
        "Where particles leave the mesh: an FVCOM _obc.dat file, a polygon round the open sides, "
        'a file of such (GeoJSON, shapefile, GeoPackage), or "none".',
        None,
        example='"casename_obc.dat"',
        when_absent="all sides are coast, with a warning where water flows through",
    )

    @field_validator("refloat")
    @classmethod
    def _something_strands(cls, refloat: int, info: ValidationInfo) -> int:
        if info.data.get("coast", "strand") != "strand":
            raise ValueError('needs coast = "strand": nothing else stays on the shore')
        return refloat

    @field_validator("resuspension")
    @classmethod
    def _something_is_deposited(cls, resuspension: float, info: ValidationInfo) -> float:
        if info.data.get("bottom", "deposit") != "deposit":
            raise ValueError('needs bottom = "deposit": nothing else stays on the bed')
        return resuspension
