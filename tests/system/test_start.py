"""What a worker reads when it starts: with a thousand of them on one file system, each file counts a thousand
times."""

import json
from pathlib import Path

from .cases import everywhere
from .workshop import needs_mpiexec, start, write_run

# no worker reads a run file, forcing, or tracks, nor places anything on the Earth
NOT_FOR_WORKERS = {
    "pydantic",
    "pydantic_core",
    "netCDF4",
    "cftime",
    "xarray",
    "pandas",
    "pyproj",
    "shapely",
    "matplotlib",
}
WATCHED = """
import json, os, sys
opened = []
sys.addaudithook(lambda event, given: opened.append(str(given[0])) if event == "open" else None)
from fvdrift import cli
code = cli.main(sys.argv[1:])
if os.environ["PMI_RANK"] == "1":
    print(json.dumps([sorted(sys.modules), opened]))
sys.exit(code)
"""


@needs_mpiexec
def test_a_worker_reads_few_modules_and_no_kernels(tmp_path: Path) -> None:
    """Of some 850 modules it reads about 100: those before MPI is there."""
    path = write_run(tmp_path, everywhere(tmp_path) | {"time": {"duration": "1h"}})
    done = start("run", "--quiet", path, ranks=2, program=["-P", "-c", WATCHED])
    assert done.returncode == 0, done.stderr
    loaded, opened = json.loads(done.stdout)
    assert NOT_FOR_WORKERS & {name.split(".")[0] for name in loaded} == set()
    assert {"numba", "numpy", "fvdrift.engine.worker.worker"} <= set(loaded)
    # by source, as its code may be kept or not
    read = {
        Path(name).stem.split(".")[0] + str(Path(name).parent)
        for name in opened
        if name.endswith((".py", ".pyc"))
    }
    assert len(read) < 250
    assert [name for name in opened if name.endswith((".nbi", ".nbc"))] == []
