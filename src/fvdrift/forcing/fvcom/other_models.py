"""What a file without FVCOM's mesh looks like, by its names: for the sentence that refuses it. Nothing else
hangs on it."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple


class _Signs(NamedTuple):
    """what: as a sentence has it; least: how many of the names must be there, among variables and
    dimensions."""

    what: str
    least: int
    names: frozenset[str]


def _signs(what: str, least: int, names: str) -> _Signs:
    return _Signs(what, least, frozenset(names.split()))


_BY_NAMES = (
    _signs("tracks of particles", 1, "trajectory"),
    _signs("output of ROMS or CROCO", 2, "xi_rho eta_rho s_rho s_w xi_u eta_u xi_v eta_v lon_rho lat_rho ocean_time Cs_r"),
    _signs(
        "output of SCHISM", 1,
        "SCHISM_hgrid SCHISM_hgrid_face_nodes SCHISM_hgrid_node_x nSCHISM_hgrid_node nSCHISM_hgrid_face nSCHISM_vgrid_layers "
        "hvel zcor zCoordinates horizontalVelX dahv elev_hgrid",
    ),
    _signs(
        "output of Delft3D FM", 1,
        "mesh2d_ucx mesh2d_u1 mesh2d_s1 mesh2d_waterdepth FlowElem_xcc FlowElem_bl NetElemNode NetNode_x nNetElem nFlowElem",
    ),
    _signs("output of Delft3D 4", 2, "XCOR YCOR XZ YZ KCU KCV U1 V1 S1 DPS0 KMAXOUT_RESTR MC NC"),
    _signs("output of NEMO", 1, "nav_lon nav_lat vozocrtx vomecrty sossheig sozocrtx deptht depthu depthv nav_lev"),
    _signs("output of ADCIRC", 1, "adcirc_mesh u-vel v-vel max_nvdll"),
    _signs("output of SUNTANS", 2, "suntans_mesh Nc Ne Nk uc vc cells"),
    _signs("output of MPAS", 2, "nCells nEdges nVertices cellsOnCell verticesOnCell"),
    _signs("output of MITgcm", 2, "XC YC XG YG RC UVEL VVEL hFacC"),
    _signs("output of HYCOM", 2, "water_u water_v surf_el water_temp"),
    _signs("output of MOM", 2, "xh yh xq yq zl xt_ocean yt_ocean xu_ocean yu_ocean st_ocean geolon geolat"),
    _signs("output of POM", 2, "east_e north_e east_u north_u zz elb"),
    _signs("output of WRF", 2, "west_east south_north XLONG XLAT U10 V10"),
)  # fmt: skip
_BY_ATTRIBUTES = (
    "ROMS", "CROCO", "SCHISM", "SELFE", "D-Flow FM", "Delft3D", "NEMO", "ADCIRC", "SUNTANS", "MPAS", "MITgcm", "HYCOM", "MOM6",
    "TELEMAC", "COHERENS", "GETM", "Thetis",
)  # fmt: skip
_GRID = {"nx", "ny", "ni", "nj", "i", "j", "x", "y", "lon", "lat", "longitude", "latitude", "rlon", "rlat"}
_LONGITUDES = ("lon", "longitude", "Longitude", "LON")


def looks_like(
    variables: Mapping[str, Any], dimensions: Mapping[str, int], attributes: Mapping[str, Any]
) -> str | None:
    """What the file is, as "output of ROMS" or "a product on a regular grid"; None where nothing tells.

    variables: of netCDF4, by name; dimensions: their sizes; attributes: of the file.
    """
    names = {*variables, *dimensions}
    for signs in _BY_NAMES:
        if len(signs.names & names) >= signs.least:
            return signs.what
    said = " ".join(str(value) for value in attributes.values())
    fvcom = "fvcom" in said.lower()
    model = next(
        (model for model in _BY_ATTRIBUTES if re.search(rf"\b{re.escape(model)}\b", said, re.IGNORECASE)),
        None,
    )
    lon = next((variables[key] for key in _LONGITUDES if key in variables), None)
    if (lon is not None and lon.ndim == 2) or len(_GRID & set(dimensions)) >= 2:
        made_from = (
            ", made from FVCOM: use the field output it was made from"
            if fvcom
            else f" of {model}"
            if model
            else ""
        )
        return f"a product on a regular grid{made_from}"
    if model is not None and not fvcom:
        return f"output of {model}"
    if any(getattr(variable, "cf_role", "") == "mesh_topology" for variable in variables.values()):
        return "a UGRID mesh of another model"
    return None
