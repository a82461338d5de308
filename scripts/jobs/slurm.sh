#!/bin/bash
# A run of fvdrift under SLURM: sbatch scripts/jobs/slurm.sh my_run.toml
#SBATCH --job-name=fvdrift
#SBATCH --ntasks=32
#SBATCH --cpus-per-task=1
#SBATCH --mem-per-cpu=2G          # fvdrift plan my_run.toml --ranks 32 says what is needed
#SBATCH --time=02:00:00
#SBATCH --output=%x-%j.log
set -euo pipefail
RUN_FILE=${1:?usage: sbatch slurm.sh RUN.toml}

# module load python mpi            # what your site has; then activate the environment fvdrift is installed in
# source /path/to/fvdrift-env/bin/activate

# kernels are compiled once on each node, not over the network
export FVDRIFT_CACHE_DIR=${FVDRIFT_CACHE_DIR:-${TMPDIR:-/tmp}/fvdrift-$USER}

# Open MPI, MVAPICH, Cray MPI: srun. With MPICH from pip use: srun --mpi=pmi2 (srun --mpi=list says what there is)
srun ${FVDRIFT_SRUN_OPTIONS:-} fvdrift run "$RUN_FILE"
