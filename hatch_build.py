"""What the wheel says of the project beside pyproject.toml: where its sources lie, and README.md as the long description.

README.md has links relative to the sources. On a package index these lead nowhere, so they become absolute, under the
address of the repository: FVDRIFT_REPOSITORY of the environment, or `repository-code` in CITATION.cff. Where neither is
known they become plain words, and pictures go.
"""

import os
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!\w+:|#)([^)\s]+)\)")


def repository(citation: str) -> str:
    """Its address without a slash at the end, or "". citation: the text of CITATION.cff, which may have it."""
    found = re.search(r"^repository-code: *[\"']?(\S+?)[\"']?$", citation, re.MULTILINE)
    return (os.environ.get("FVDRIFT_REPOSITORY") or (found[1] if found else "")).rstrip("/")


def long_description(readme: str, address: str) -> str:
    """README.md with links that hold away from the sources."""

    def absolute(link: re.Match[str]) -> str:
        picture, words, target = link.groups()
        if not address:
            return "" if picture else words
        return f"{picture}[{words}]({address}/{'raw' if picture else 'blob'}/HEAD/{target})"

    return _LINK.sub(absolute, readme)


def urls(address: str) -> dict[str, str]:
    """As a package index shows them beside the long description."""
    pages = {"Documentation": "docs/index.md", "Changelog": "CHANGELOG.md"}
    found = {name: f"{address}/blob/HEAD/{page}" for name, page in pages.items()}
    return {"Repository": address, "Issues": f"{address}/issues", **found} if address else {}


class FvdriftMetadata(MetadataHookInterface):
    def update(self, metadata: dict[str, Any]) -> None:
        root = Path(self.root)
        citation = root / "CITATION.cff"  # not in every copy of the sources: the container has none
        address = repository(citation.read_text(encoding="utf-8") if citation.is_file() else "")
        text = long_description((root / "README.md").read_text(encoding="utf-8"), address)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
        metadata["urls"] = urls(address)
