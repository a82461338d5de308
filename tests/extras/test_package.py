"""The wheel as a package index and a type checker see it, in an environment of its own."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.extras
ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PUBLIC = tuple(
    f"fvdrift.{module}."
    for module in ("api", "against_drifters", "finished", "accessor", "errors", "process.progress")
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sources and the wheel that is built from them."""
    folder = tmp_path_factory.mktemp("dist")
    environment = {**os.environ, "FVDRIFT_REPOSITORY": "https://example.org/who/fvdrift"}
    command = [sys.executable, "-m", "build", "--outdir", folder, ROOT]
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return folder


def test_a_package_index_would_take_it(built: Path) -> None:
    files = sorted(built.iterdir())
    assert [path.suffix for path in files] == [".whl", ".gz"]
    done = subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_wheel_has_types_and_absolute_links(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as file:
        names = set(file.namelist())
        (metadata,) = (name for name in names if name.endswith("/METADATA"))
        text = file.read(metadata).decode()
    stubs = {str(path.relative_to(ROOT / "src")) for path in (ROOT / "src").rglob("*.pyi")}
    assert len(stubs) > 20
    assert stubs | {"fvdrift/py.typed", "fvdrift_kernels/py.typed"} <= names
    assert "Project-URL: Repository, https://example.org/who/fvdrift\n" in text
    assert "](docs/" not in text


def test_all_that_users_import_has_a_type(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    venv.create(tmp_path / "own", with_pip=False)
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(tmp_path / "own")}))
    with zipfile.ZipFile(wheel) as file:
        file.extractall(packages)
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    environment = {**os.environ, "PATH": f"{tmp_path / 'own' / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [BIN / "pyright", "--outputjson", "--ignoreexternal", "--verifytypes", "fvdrift"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=environment | {"VIRTUAL_ENV": str(tmp_path / "own")},
    )
    symbols = json.loads(done.stdout)["typeCompleteness"]["symbols"]
    public = [each for each in symbols if each["name"].count(".") == 1 or each["name"].startswith(PUBLIC)]
    assert len(public) > 50
    assert [each["name"] for each in public if not each["isTypeKnown"]] == []


SCRIPT = """
import fvdrift
import fvdrift.accessor
from fvdrift.accessor import Drift
from matplotlib.figure import Figure

made = fvdrift.run("a.toml", overwrite=True, progress="tqdm", set=["time.step=30s"])
assert isinstance(made, fvdrift.FinishedRun)
drift = Drift(made.dataset)
figure: Figure = drift.plot(at="6h")
figure.savefig("a.png")
drift.plot(ax=figure.subplots()).set_title("mine")
fvdrift.run("a.toml", overwrite="yes")  # type: ignore[arg-type]
"""


def test_a_strict_script_of_a_user_passes(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [BIN / "mypy", "--strict", "--config-file=", "--untyped-calls-exclude=matplotlib", "script.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
