"""Job scripts: what a run needs (`resources`), which MPI starts it (`mpi_library`), and one module for each scheduler."""
