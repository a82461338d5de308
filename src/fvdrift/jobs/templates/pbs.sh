#!/bin/bash
# Made by fvdrift jobscript (@{version}) for OpenPBS and PBS Pro. Submit it: qsub THIS_FILE
#PBS -N @{name}
#PBS -l select=@{select}
#PBS -l walltime=@{walltime}
#PBS -j oe
#PBS -r y
@{site}
set -uo pipefail
walltime_s=@{walltime_s} lead_s=@{lead}
most_restarts=100 # a run that never gets on must not queue for ever
script=@{script}

cd -- "${PBS_O_WORKDIR:?not started by PBS}" || exit 1
@{setup}

run=(@{run})
launch=(@{launch})

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

# PBS sends SIGTERM at the end, and seconds later SIGKILL. So `timeout` sends SIGUSR1 in time: the ranks write a checkpoint and
# leave with 75, and the job is submitted again. qdel sends SIGTERM: then it is not.
signalled=0 cancelled=0 launcher=
trap 'signalled=1; [[ -n $launcher ]] && kill -USR1 "$launcher"' USR1
trap 'signalled=1; cancelled=1; [[ -n $launcher ]] && kill -USR1 "$launcher"' TERM
timeout --foreground --preserve-status --signal=USR1 "$((walltime_s - lead_s - SECONDS))" "${launch[@]}" "${run[@]}" &
launcher=$!
while
    signalled=0
    wait "$launcher"
    code=$?
    ((signalled))
do :; done # a signal ends `wait` before the run has ended

restarts=${FVDRIFT_RESTARTS:-0}
if ((code == 75 && !cancelled)); then
    if ((restarts >= most_restarts)); then
        echo "stopped after a checkpoint; restarted $restarts times: to go on, qsub it again" >&2
    elif qsub -v "FVDRIFT_RESTARTS=$((restarts + 1))" "$script"; then
        echo "stopped after a checkpoint; submitted again" >&2
    else
        echo "stopped after a checkpoint, but cannot be submitted from here: to go on, qsub it again" >&2
    fi
fi
exit "$code"
