#!/bin/bash
# A run of fvdrift under PBS: qsub -v RUN_FILE=my_run.toml scripts/jobs/pbs.sh
#PBS -N fvdrift
#PBS -l select=1:ncpus=32:mpiprocs=32:mem=64gb
#PBS -l walltime=02:00:00
#PBS -j oe
set -euo pipefail
: "${RUN_FILE:?usage: qsub -v RUN_FILE=RUN.toml pbs.sh}"
cd "${PBS_O_WORKDIR:?not started by PBS}"

# module load python mpi            # what your site has; then activate the environment fvdrift is installed in
# source /path/to/fvdrift-env/bin/activate

# kernels are compiled once on each node, not over the network
export FVDRIFT_CACHE_DIR=${FVDRIFT_CACHE_DIR:-${TMPDIR:-/tmp}/fvdrift-$USER}

mpiexec -n "$(wc -l < "$PBS_NODEFILE")" fvdrift run "$RUN_FILE"
