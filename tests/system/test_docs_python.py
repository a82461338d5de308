"""The code of docs/python.md, run from its first line to its last."""

import importlib.util
import re
from pathlib import Path

import pytest

from .workshop import ROOT, start

PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")


def test_the_code_on_the_page_runs_and_does_what_it_says(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    if importlib.util.find_spec("fvdrift.statistics") is None:
        blocks = [block for block in blocks if "drift.density(" not in block]
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    (tmp_path / "results").mkdir()
    # beside configs, which is linked to: that of the quickstart would be written elsewhere
    folder = "results/python.nc"
    code = "\n".join(blocks).replace('"../results/python.nc"', f'"{tmp_path}/{folder}"')
    (tmp_path / "page.py").write_text(code, encoding="utf-8")
    done = start(program=["page.py"], cwd=tmp_path, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "config: release.0.cuont (given beside it): unknown key (did you mean count?)" in done.stdout
    assert re.search(r"T14:00:00\S* 100% \d+ active", done.stdout)
    results = tmp_path / "results"
    assert (results / "channel.nc").read_bytes() == (results / "channel-again.nc").read_bytes()
    assert (results / "channel_0.nc").read_bytes() != (results / "channel_1.nc").read_bytes()
    made = {path.name for path in results.iterdir()}
    assert {"python.nc", "channel_2.nc", "one_hour.png", "channel.gif", "channel.png"} <= made
    assert (tmp_path / "channel_9.nc").is_file()
