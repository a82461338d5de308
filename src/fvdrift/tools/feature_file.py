"""Files of points, lines and areas: GeoJSON, ESRI shapefile, GeoPackage. All are read as GeoJSON has them; what is
made of their features is not known here."""

import re
import warnings
from math import isnan
from pathlib import Path
from typing import Any

from fvdrift.errors import RunFileError

from .quantity import shown

GEOJSON, SHAPEFILE, GEOPACKAGE = (".geojson", ".json"), ".shp", ".gpkg"
_BESIDE = (".shx", ".dbf")  # without which a shapefile is none: where its shapes lie, and their names
_ALSO = (".prj", ".cpg")  # its coordinates, and the encoding of the names
_HONOURED = ("name", "id", "count", "depth", "sigma")  # many files have their columns in capitals


def is_features(path: Path) -> bool:
    """Whether it is such a file, by its name."""
    return file_of(path).suffix.lower() in (*GEOJSON, SHAPEFILE, GEOPACKAGE)


def is_geojson(path: Path) -> bool:
    """By its name."""
    return path.suffix.lower() in GEOJSON


def file_of(path: Path) -> Path:
    """The file that a path of a run file means: "zones.gpkg#reefs" is a layer of zones.gpkg."""
    return _file_and_layer(path)[0]


def files_of(path: Path) -> list[Path]:
    """All files that what is read depends on, that which has the name first. Raises OSError."""
    file = file_of(path)
    if file.suffix.lower() == GEOPACKAGE:
        log = file.with_name(f"{file.name}-wal")  # what is not written into it yet
        return [file, log] if log.exists() else [file]
    return [file, *_sidecars(file).values()] if file.suffix.lower() == SHAPEFILE else [file]


def read(path: Path, *, in_known: bool = False) -> Any:
    """What a file holds, as JSON has it. in_known: what its coordinates are is known from elsewhere.

    Raises RunFileError, also where pyogrio is missing, which all but GeoJSON needs.
    """
    if is_geojson(path):
        from . import geojson  # loads numpy, which who asks for names alone does without

        return geojson.read(path)
    file, layer = _file_and_layer(path)
    try:
        with file.open("rb"):
            there = _sidecars(file) if file.suffix.lower() == SHAPEFILE else dict.fromkeys(_BESIDE)
    except OSError as error:
        raise RunFileError(f"{path}: cannot be read: {error.strerror or error}") from None
    except ValueError as error:  # a zero byte in the path
        raise RunFileError(f"{path}: cannot be read: {error}") from None
    missing = [suffix for suffix in _BESIDE if suffix not in there]
    if missing:
        raise RunFileError(f"{path}: a shapefile is several files: {file.stem}{missing[0]} is not beside it")
    return _read(path, file, layer, in_known)


def _file_and_layer(path: Path) -> tuple[Path, str | None]:
    found = re.fullmatch(r"(.*\.gpkg)#(.*)", str(path), re.IGNORECASE | re.DOTALL)
    return (Path(found[1]), found[2]) if found else (path, None)


def _sidecars(file: Path) -> dict[str, Path]:
    """What lies beside a shapefile, by suffix."""
    beside = {each.suffix.lower(): each for each in sorted(file.parent.iterdir()) if each.stem == file.stem}
    return {suffix: beside[suffix] for suffix in (*_BESIDE, *_ALSO) if suffix in beside}


def _read(path: Path, file: Path, layer: str | None, in_known: bool) -> Any:
    try:
        import pyogrio
        import shapely
    except ImportError:
        raise RunFileError(
            f"{path}: a shapefile or GeoPackage needs pyogrio and shapely: pip install 'fvdrift[geo]'"
        ) from None
    try:
        with warnings.catch_warnings(action="ignore"):
            layer = _layer(path, pyogrio.list_layers(file), layer)
            told, _, shapes, columns = pyogrio.raw.read(file, layer=layer, force_2d=True)
    except (RuntimeError, ValueError, OSError) as error:
        raise RunFileError(f"{path}: cannot be read: {error}") from None
    if told["crs"] is None and not in_known:
        why = f"{file.stem}.prj is missing" if file.suffix.lower() == SHAPEFILE else "the layer names none"
        raise RunFileError(
            f"{path}: its system of coordinates is not known, {why}: "
            "ogr2ogr -a_srs EPSG:32630 new.gpkg writes a copy that has one"
        )
    keys = _keys([str(name) for name in told["fields"]])
    features = []
    for number, shape in enumerate(shapes):
        properties = {key: _plain(column[number]) for key, column in zip(keys, columns, strict=True)}
        try:
            geometry = None if shape is None else _geometry(shapely.orient_polygons(shapely.from_wkb(shape)))
        except (shapely.errors.ShapelyError, ValueError) as error:
            raise RunFileError(f"{path}: feature {number + 1}: {error}") from None
        features.append({"type": "Feature", "geometry": geometry, "properties": properties})
    found = {"type": "FeatureCollection", "features": features}
    return found | ({} if told["crs"] is None else {"crs": {"properties": {"name": told["crs"]}}})


def _layer(path: Path, layers: Any, wanted: str | None) -> str:
    """The name of the layer that is meant. layers: pairs of name and kind, None where it has no places."""
    names = [str(name) for name, kind in layers if kind is not None]
    if wanted is None and len(names) == 1:
        return names[0]
    if wanted in names:
        return str(wanted)
    there = ", ".join(map(shown, names[:10])) + (" ..." if len(names) > 10 else "")
    if not names:
        raise RunFileError(f"{path}: has no layer with places")
    if wanted is None:
        raise RunFileError(f'{path}: has several layers, {there}: name one, "{path.name}#{names[0]}"')
    raise RunFileError(f"{path}: there is no layer {shown(wanted)} with places; there is {there}")


def _keys(fields: list[str]) -> list[str]:
    """Names of columns, those that count as they are written in GeoJSON."""
    return [
        name.lower() if name.lower() in _HONOURED and name.lower() not in fields else name for name in fields
    ]


def _plain(value: Any) -> Any:
    """A cell of a table as JSON has it. An integer column with holes comes as floats."""
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float):
        return None if isnan(value) else int(value) if value.is_integer() else value
    return value


def _geometry(shape: Any) -> dict[str, Any]:
    return {key: _listed(value) for key, value in shape.__geo_interface__.items()}


def _listed(value: Any) -> Any:
    """Tuples as lists, as JSON has them."""
    return [_listed(each) for each in value] if isinstance(value, list | tuple) else value
