"""What the netCDF library leaves to its users: one lock for all, chunks as they lie in a file, classic headers.
Knows nothing of what the numbers mean."""
