"""Types of the numbers in a checkpoint's text, as pydantic checks them."""

from typing import Annotated

from pydantic import ConfigDict, Field

EXACT = ConfigDict(strict=True, extra="forbid")
Time = Annotated[int, Field(gt=-(2**62), lt=2**62)]  # microseconds
Number = Annotated[int, Field(ge=0, lt=2**62)]
Seconds = Annotated[float, Field(ge=0, lt=1e15)]
