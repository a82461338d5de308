"""Its being here puts this folder on the path, so that all tests find `tank`. Beside it: which files one process goes through."""

from typing import Any

import pytest

# files that need the same kernels, and the same runs, as another: two processes side by side would each compile them
GOES_WITH = {
    "tests/system/test_resume.py": "tests/system/test_equal_bytes.py",
    "tests/test_tutorial.py": "tests/system/test_configs.py",
}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """By file, as --dist loadfile does it, but for those that go together."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Together(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return GOES_WITH.get(file, file)

    return Together(config, log)
