"""A page for a browser read again: what it is about, and its arrays. No browser is needed."""

import base64
import json
import re
import zlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np


class BrowserFile(NamedTuple):
    """text: all of it; about: what it knows of the run; arrays: by name, as they were before they were packed,
    flat."""

    text: str
    about: dict[str, Any]
    arrays: dict[str, np.ndarray]

    def places(self) -> tuple[np.ndarray, np.ndarray]:
        """x, y of (particle, record), NaN where nobody is."""
        about = self.about
        codes = self.arrays["places"].reshape(len(about["seconds"]), about["count"], 2).astype(float)
        codes[codes == 65535] = np.nan
        x, y = (
            start + zero + step * codes[:, :, axis].T
            for axis, ((start, step), zero) in enumerate(zip(about["box"], about["origin"], strict=True))
        )
        return x, y

    def variable(self, name: str) -> dict[str, Any]:
        return next(variable for variable in self.about["variables"] if variable["name"] == name)

    def values(self, name: str) -> np.ndarray:
        """Of (particle, record), NaN where there is none."""
        codes = self.arrays[f"value-{name}"].reshape(len(self.about["seconds"]), self.about["count"])
        variable = self.variable(name)
        shown = np.where(codes == variable["none"], np.nan, codes)
        return (variable["offset"] + variable["scale"] * shown).T


def read(path: Path) -> BrowserFile:
    text = path.read_text(encoding="utf-8")
    about = json.loads(re.search(r'id="about">(.*?)</script>', text, re.DOTALL)[1])
    arrays = {}
    for name, packed in re.findall(r'<script type="text/plain" id="array-([\w-]+)">(.*?)</script>', text):
        told = about["arrays"][name]
        planes = np.frombuffer(zlib.decompress(base64.b64decode(packed)), np.uint8)
        dtype = np.dtype(told["type"])
        array = planes.reshape(dtype.itemsize, -1).T.copy().view(dtype.newbyteorder("<")).ravel()
        if told["rows"]:
            array = np.cumsum(array.reshape(told["rows"], -1), axis=0, dtype=dtype).ravel()
        arrays[name] = array
    assert arrays.keys() == about["arrays"].keys()
    return BrowserFile(text, about, arrays)
