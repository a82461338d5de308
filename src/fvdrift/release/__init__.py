"""Where and when particles start: `plan_releases` reads all [[release]] blocks; `place` (compiled) finds the places."""

from fvdrift.release.plan import EVENT, Depths, ReleasePlan, plan_releases
from fvdrift.release.shapes import DEPTH_KINDS

__all__ = ["DEPTH_KINDS", "EVENT", "Depths", "ReleasePlan", "plan_releases"]
