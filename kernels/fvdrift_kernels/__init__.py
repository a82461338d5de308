"""The Numba-compiled physics of particles: numpy and numba only. No files, no MPI, no settings."""
