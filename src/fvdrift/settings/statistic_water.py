"""Keys of the [[statistic]]s that look at the water in cells. Which kinds have which is said in `statistic`."""

from collections.abc import Mapping
from typing import Any

from pydantic import model_validator

from . import key_types as kinds
from .table import Table, key


class WaterKeys(Table):
    """Which part of the water, and what is much in it."""

    layers: kinds.OptionalLayers = key(
        "concentration: edges of layers, by depth below the moving surface, by height above the bed, or by sigma.",
        None,
        example='{ depth = ["0m", "2m", "10m"] }',
        unit="m",
        when_absent="the whole water column",
    )
    threshold: kinds.OptionalThresholds = key(
        "concentration: one or several concentrations; the time above each is worked out.",
        None,
        example='["1 mg/l", "10 mg/l"]',
        unit="kg/m3 or 1/m3",
        when_absent="none",
    )

    @model_validator(mode="before")
    @classmethod
    def _who_is_in_the_water(cls, data: Any) -> Any:
        """Of a concentration those count that are in the water, where it is not said otherwise."""
        if isinstance(data, Mapping) and data.get("kind") == "concentration" and "status" not in data:
            return {**data, "status": ["active"]}
        return data
