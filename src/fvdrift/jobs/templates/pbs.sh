#!/bin/bash
# Made by fvdrift jobscript (@{version}) for OpenPBS and PBS Pro. Submit it: qsub THIS_FILE
#PBS -N @{name}
#PBS -l select=@{select}
#PBS -l walltime=@{walltime}
#PBS -j oe
#PBS -r y
@{array}
@{site}
@{directives}
set -uo pipefail
walltime_s=@{walltime_s} lead_s=@{lead}
most_restarts=100 # a run that never gets on must not queue for ever
# The next job is this script as it was written, or, where that file is gone, as it runs here: PBS removes its own copy.
written=@{script} text=
grep -sqm 1 "^# Made by fvdrift jobscript" -- "$0" && text=$(<"$0")
handed_on=FVDRIFT_RESTARTS@{handed_on}${FVDRIFT_CACHE_DIR:+,FVDRIFT_CACHE_DIR}

cd -- "${PBS_O_WORKDIR:?not started by PBS}" || exit 1
@{task}
@{modules}
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

submit() {
    [[ ! -r $written ]] || text=$(<"$written")
    [[ $text == *$'\n#PBS -q '* || -z ${PBS_O_QUEUE:-} ]] || set -- -q "$PBS_O_QUEUE" # as it was given to qsub
    [[ -n $text ]] && qsub "$@" -v "$handed_on" <<<"@{text}"
}
restarts=${FVDRIFT_RESTARTS:-0}
export FVDRIFT_RESTARTS=$((restarts + 1))
if ((code == 75 && !cancelled)); then
    if ((restarts >= most_restarts)); then
        echo "stopped after a checkpoint; restarted $restarts times: to go on, qsub it again" >&2
    elif submit; then
        echo "stopped after a checkpoint; submitted again" >&2
    else
        echo "stopped after a checkpoint, but cannot be submitted from here: to go on, qsub it again" >&2
    fi
fi
exit "$code"
