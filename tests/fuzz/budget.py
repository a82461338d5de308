"""How long fuzzing may take: the same few cases each time in `make test`, many new ones in `make fuzz`."""

import os

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("FVDRIFT_FUZZ", "1"))  # as many cases as usual


def cases(usual: int) -> settings:
    """Settings of a test with `usual` cases; without FVDRIFT_FUZZ they are always the same, so that none
    fails by chance."""
    return settings(
        max_examples=usual * TIMES, derandomize=TIMES == 1, deadline=None, database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    )  # fmt: skip
