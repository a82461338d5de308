"""`fvdrift example`: the estuary that comes with fvdrift, its run files and its forcing, copied to where one may work."""

import shutil
from pathlib import Path

from fvdrift.errors import OutputError
from fvdrift.tools.new_file import check_free

# what its run files name; the rest of configs/estuary is for tests alone
_FORCING = ("estA_0001.nc", "estA_0002.nc", "estA_obc.dat", "habitats.geojson", "bay.geojson")


def bundled() -> Path:
    """The folder of the bundled run files: in a wheel beside the modules, else in the project that is installed as
    editable. Raises OutputError if it is in neither."""
    package = Path(__file__).parents[1]
    for folder in (package.parents[1] / "configs", package / "configs"):
        if (folder / "quickstart.toml").is_file():
            return folder
    raise OutputError("the bundled run files are not where fvdrift lies: install it anew")


def main(name: str, output: str | None) -> int:
    """Copy the case into a folder that is not there yet, and say what to do there; returns 0. Raises OutputError."""
    target = Path(output or f"fvdrift-{name}")
    check_free(str(target))
    source = bundled()
    configs = target / "configs"
    try:
        (configs / name).mkdir(parents=True)
        for path in sorted([*source.glob("*.toml"), *source.glob("*.py"), source / "Snakefile"]):
            shutil.copyfile(path, configs / path.name)
        for file in _FORCING:
            shutil.copyfile(source / name / file, configs / name / file)
    except OSError as error:
        raise OutputError(f"{error.filename}: cannot be written to: {error.strerror or error}") from None
    print(
        f"{configs}: {len(list(configs.glob('*.toml')))} run files and twelve hours of an estuary. Begin with\n"
        f"    cd {target}\n"
        "    fvdrift run configs/quickstart.toml\n"
        "    fvdrift plot results/quickstart.nc"
    )
    return 0
