#!/bin/bash
# Made by fvdrift jobscript (@{version}). Submit it: sbatch THIS_FILE
#SBATCH --job-name=@{name}
#SBATCH --nodes=@{nodes}
#SBATCH --ntasks=@{ranks}
#SBATCH --ntasks-per-node=@{ranks_per_node}
#SBATCH --cpus-per-task=@{threads}
#SBATCH --mem=@{memory}M
#SBATCH --time=@{walltime}
#SBATCH --signal=B:USR1@@{lead}
#SBATCH --requeue
#SBATCH --open-mode=append
@{array}
#SBATCH --output=%x-@{log}.log
@{site}
@{directives}
set -uo pipefail
most_restarts=100 # a run that never gets on must not queue for ever

@{task}
@{modules}
@{setup}

# Kernels are compiled once on each node, not over the network; those that were compiled before are taken along.
warm=@{warm}
export warm
@{stage}
if [[ -z ${FVDRIFT_CACHE_DIR:-} ]]; then
    FVDRIFT_CACHE_DIR=${TMPDIR:-/tmp}
    export FVDRIFT_CACHE_DIR
    # shellcheck disable=SC2016 # to be expanded on each node
    @{once_a_node} bash -c @{prepare_node} || exit 1
fi
@{private}

run=(@{run})
launch=(@{launch})

# SLURM signals this shell before the time is up: the ranks write a checkpoint and leave with 75, and the job is queued again.
# scancel and the end of the time send SIGTERM: then it is not.
signalled=0 cancelled=0 launcher=
trap 'signalled=1; [[ -n $launcher ]] && kill -USR1 "$launcher"' USR1
trap 'signalled=1; cancelled=1' TERM
"${launch[@]}" "${run[@]}" &
launcher=$!
while
    signalled=0
    wait "$launcher"
    code=$?
    ((signalled))
do :; done # a signal ends `wait` before the run has ended

job=$SLURM_JOB_ID
[[ -z ${SLURM_ARRAY_JOB_ID:-} ]] || job=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID # its number may be that of all tasks
if ((code == 75 && !cancelled)); then
    if ((${SLURM_RESTART_COUNT:-0} >= most_restarts)); then
        echo "stopped after a checkpoint; restarted $most_restarts times: to go on, sbatch it again" >&2
    elif scontrol requeue "$job"; then
        echo "stopped after a checkpoint; queued again" >&2
    else
        echo "stopped after a checkpoint, but cannot be queued again: to go on, sbatch it again" >&2
    fi
fi
exit "$code"
