"""What NetCDF files begin with. Opens nothing by a library."""

CLASSIC = (b"CDF\x01", b"CDF\x02", b"CDF\x05")  # classic, 64-bit offset, CDF-5
HDF5 = b"\x89HDF\r\n\x1a\n"


def is_netcdf(beginning: bytes) -> bool:
    """By the first 8 bytes of a file, or more."""
    return beginning[:4] in CLASSIC or beginning.startswith(HDF5)
