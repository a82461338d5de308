"""Paths that name no NetCDF file that could be opened, and what to do instead. Opens nothing by a library."""

import re
from pathlib import Path

# a path that went through pathlib has one slash; a run file's folder may stand before it
_URL = re.compile(
    r"(?:^|/)((?:https?|ftp|sftp|ssh|dods|opendap|thredds|reference|simplecache|filecache|file|s3|gs|gcs|az|abfs|swift|hdfs):/.*)"
)
_INSTEAD = "unpack it first, and name the NetCDF files that were in it"
_FVCOM = "fvdrift reads FVCOM's NetCDF output"
_ZARR_STORE = (
    "is a Zarr store, and fvdrift reads NetCDF: write it as such, by xarray.open_zarr(...).to_netcdf(...)"
)
_STORES = ("s3", "gs", "gcs", "az", "abfs", "swift", "hdfs")
# by the first bytes, whatever the name: (bytes, what it is, what to do)
_BY_BYTES = (
    (b"\x1f\x8b", "is compressed (gzip)", "unpack it first, by gunzip"),
    (b"\x1f\x9d", "is compressed (compress)", "unpack it first, by uncompress"),
    (b"BZh", "is compressed (bzip2)", "unpack it first, by bunzip2"),
    (b"\xfd7zXZ\x00", "is compressed (xz)", "unpack it first, by unxz"),
    (b"\x28\xb5\x2f\xfd", "is compressed (zstd)", "unpack it first, by unzstd"),
    (b"\x04\x22\x4d\x18", "is compressed (lz4)", "unpack it first, by unlz4"),
    (b"PK\x03\x04", "is a ZIP archive", _INSTEAD),
    (b"7z\xbc\xaf\x27\x1c", "is a 7-Zip archive", _INSTEAD),
    (b"GRIB", "is GRIB", _FVCOM),
    (b"\x0e\x03\x13\x01", "is HDF4", _FVCOM),
    (b"MATLAB", "is a MATLAB file", _FVCOM),
    (b"<", "is a web page or XML, such as a server's error in place of the file", "look into it, and download the file again"),
    (b"version ", "is a pointer of Git LFS, not the file", "fetch that by git lfs pull"),
)  # fmt: skip
_TAR = (b"ustar", 257)  # and where it stands
_ZARR = (".zgroup", ".zmetadata", "zarr.json", ".zattrs")


def url_problem(text: str) -> str | None:
    """What to say where `text` is an address and no path; None where it is none."""
    match = _URL.search(text)
    if match is None:
        return None
    kind, _, rest = match[1].partition(":")
    url, path = f"{kind}://{rest.lstrip('/')}", f"/{rest.lstrip('/')}"
    if kind == "file":
        return f"{kind}://{path}: is a URL: write the path alone, {path}"
    if kind in _STORES:
        return f"{url}: lies in an object store, and fvdrift reads files: copy it to a disk first"
    return (
        f"{url}: is a URL, and fvdrift reads files: download it first "
        "(from an OPeNDAP server by nccopy, or by ncks the part of it that you need)"
    )


def folder_problem(path: Path) -> str:
    """What to say of a folder."""
    if path.suffix.lower() == ".zarr" or any((path / name).exists() for name in _ZARR):
        return f"{path}: {_ZARR_STORE}"
    return f"{path}: is a folder; name the files in it, for example {path.name}/*.nc"


def bytes_problem(path: Path) -> str:
    """What to say of a file that does not begin as NetCDF does. Raises OSError."""
    with path.open("rb") as stream:
        first = stream.read(512)
    name = path.name.lower()
    packed_archive = re.search(r"\.(tgz|tbz2?|txz|tar\.[a-z0-9]+)$", name)
    if packed_archive or first[_TAR[1] :].startswith(_TAR[0]):
        return f"{path}: is an archive (tar): {_INSTEAD}"
    if name.endswith(".zarr.zip"):
        return f"{path}: {_ZARR_STORE}"
    for magic, what, instead in _BY_BYTES:
        if first.lstrip().startswith(magic) if magic == b"<" else first.startswith(magic):
            return f"{path}: {what}: {instead}"
    return f"{path}: is not a NetCDF file; forcing must be FVCOM's NetCDF output"
