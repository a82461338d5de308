"""Systems of coordinates as CF files describe them: the attributes of their grid mappings. Transforms nothing."""

import warnings
from collections.abc import Mapping

import numpy as np

from fvdrift.tools.crs import known

from .classic_header import Attribute

GRID_MAPPING = "crs"  # the variable that has them
# Of pyproj.CRS("EPSG:4326").to_cf() with PROJ 9.5, kept here: most files are in degrees, and loading pyproj takes a
# third of a second. With it the bytes of such files are those of any version of PROJ.
_WGS84 = (
    'GEOGCRS["WGS 84",ENSEMBLE["World Geodetic System 1984 ensemble",'
    + "".join(
        f'MEMBER["World Geodetic System 1984 ({of})"],'
        for of in ("Transit", "G730", "G873", "G1150", "G1674", "G1762", "G2139", "G2296")
    )
    + 'ELLIPSOID["WGS 84",6378137,298.257223563,LENGTHUNIT["metre",1]],ENSEMBLEACCURACY[2.0]],'
    'PRIMEM["Greenwich",0,ANGLEUNIT["degree",0.0174532925199433]],CS[ellipsoidal,2],'
    'AXIS["geodetic latitude (Lat)",north,ORDER[1],ANGLEUNIT["degree",0.0174532925199433]],'
    'AXIS["geodetic longitude (Lon)",east,ORDER[2],ANGLEUNIT["degree",0.0174532925199433]],'
    'USAGE[SCOPE["Horizontal component of 3D system."],AREA["World."],BBOX[-90,-180,90,180]],ID["EPSG",4326]]'
)
DEGREES: Mapping[str, Attribute] = {
    "crs_wkt": _WGS84,
    "semi_major_axis": 6378137.0,
    "semi_minor_axis": 6356752.314245179,
    "inverse_flattening": 298.257223563,
    "reference_ellipsoid_name": "WGS 84",
    "longitude_of_prime_meridian": 0.0,
    "prime_meridian_name": "Greenwich",
    "geographic_crs_name": "WGS 84",
    "horizontal_datum_name": "World Geodetic System 1984 ensemble",
    "grid_mapping_name": "latitude_longitude",
}


def grid_mapping(geographic: bool, projection: str | None) -> Mapping[str, Attribute] | None:
    """Of longitude and latitude, or of the system that pyproj knows as `projection`; None where it is not known."""
    if geographic:
        return DEGREES
    if projection is None:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what CF's own attributes cannot say stands in crs_wkt
        described = known(projection).to_cf()
    return {name: np.array(value) if isinstance(value, tuple) else value for name, value in described.items()}
