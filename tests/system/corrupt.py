"""fvdrift with something impossible put into it, on one rank and once the run has begun. Arguments: what,
rank, and those of fvdrift."""

import sys

import numpy as np

from fvdrift import cli
from fvdrift.engine.worker.worker import Worker
from fvdrift.process import launcher

HOUR = 3_600_000_000
START = int(np.datetime64("2020-05-01T00:00:00", "us").astype(np.int64))  # as in workshop, which loads pytest


def move_away(worker):
    worker._particles["x"][0] += 5000.0


def out_of_numbers(worker):
    worker._particles["y"][0] = np.nan


def under_the_bed(worker):
    worker._particles["sigma"][0] = -1.5


def to_no_element(worker):
    worker._particles["element"][0] = 10**6


def to_the_past(worker):
    worker._particles["clock"][0] -= 2


def lose(worker):
    worker._particles = worker._particles[1:]


def double(worker):
    worker._particles = np.concatenate((worker._particles, worker._particles[:1]))


CORRUPTIONS = {
    f.__name__: f
    for f in (move_away, out_of_numbers, under_the_bed, to_no_element, to_the_past, lose, double)
}


def corrupting(what: str, number: int):
    """Worker.report in which worker `number` spoils its particles first, at the end of the second hour."""
    original = Worker.report

    def report(worker, *given):
        if (
            worker._fields.number == number
            and worker._interval.message.schedule.times[-1] == START + 2 * HOUR
        ):
            CORRUPTIONS[what](worker)
        return original(worker, *given)

    return report


def lossy(worker, arrivals, original=Worker.absorb):
    """Worker.absorb of a message that lost a particle on its way."""
    return original(worker, arrivals[1:])


def main() -> int:
    what, rank, *arguments = sys.argv[1:]
    sys.argv[1:] = arguments
    here = launcher.seat()
    if (0 if here is None else here.rank) == int(rank):
        if what == "lossy":
            Worker.absorb = lossy
        else:
            Worker.report = corrupting(what, int(rank))
    return cli.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
