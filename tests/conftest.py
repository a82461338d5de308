"""Its being here puts this folder on the path, so that all tests find `tank`. Beside it: which files one
process goes through."""

from typing import Any

import pytest

# files that need the same kernels, and some of them the same runs: two processes side by side would each
# compile them
TOGETHER = {
    f"tests/{name}.py"
    for name in (
        "system/test_equal_bytes", "system/test_resume", "system/test_statistics", "system/test_configs", "system/test_repeat",
        "test_tutorial",
    )
}  # fmt: skip


@pytest.fixture(scope="session", autouse=True)
def _kernels_are_kept() -> None:
    """As a command does it: many tests call kernels, and the next process need not compile them."""
    from fvdrift.process import kernel_cache

    kernel_cache.set_up()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """By file, as --dist loadfile does it, but for those that go together."""
    if config.getoption("dist") != "loadfile":
        return None
    assert all((config.rootpath / file).exists() for file in TOGETHER)
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return "together" if file in TOGETHER else file

    return ByFile(config, log)
