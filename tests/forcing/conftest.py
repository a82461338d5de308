"""Where the tests of the reader find the generator, the bundled estuary and files from the wild."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))  # generate_forcing


@pytest.fixture
def estuary() -> Path:
    """The folder of the estuary that comes with fvdrift."""
    folder = ROOT / "configs" / "estuary"
    if not (folder / "estA_0001.nc").exists():
        pytest.skip("the estuary's files are not in configs/estuary")
    return folder


@pytest.fixture
def wild() -> Path:
    """The folder of files found in public repositories, named by FVDRIFT_WILD."""
    folder = os.environ.get("FVDRIFT_WILD")
    if not folder:
        pytest.skip("FVDRIFT_WILD does not name the folder of wild files")
    return Path(folder)
