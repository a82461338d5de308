"""The lock of the netCDF library.

netCDF-C and HDF5 are not safe under threads, and netCDF4 lets go of the interpreter's lock inside them. Every call into
either from fvdrift is made under `LOCK`, whichever thread makes it.
"""

import threading

LOCK = threading.RLock()
