#!/usr/bin/env python3
"""Show what a track file holds, and what became of its particles, with xarray alone."""

import sys

import numpy as np
import xarray as xr


def main(path: str) -> None:
    """Print the dataset, and the counts of each status at some of its times."""
    with xr.open_dataset(path) as tracks:
        print(tracks)
        names = tracks.status.attrs["flag_meanings"].split()
        times = tracks.time.isel(trajectory=0).values
        status = tracks.status.values
    rows = np.unique(np.linspace(0, len(times) - 1, 7).astype(int))
    shown = [i for i, name in enumerate(names) if (status[:, rows] == i).any()]
    print(f"\n{'time':20}" + "".join(f"{names[i]:>14}" for i in shown))
    for row in rows:
        stamp = (
            str(np.datetime_as_string(times[row], unit="m")) if times.dtype.kind == "M" else str(times[row])
        )
        print(f"{stamp:20}" + "".join(f"{np.count_nonzero(status[:, row] == i):14d}" for i in shown))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: show_tracks.py TRACKS.nc")
    main(sys.argv[1])
