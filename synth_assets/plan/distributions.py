"""Shapes of numbers over a closed range [low, high] given by the strategy that uses them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Distribution(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Uniform(_Distribution):
    """Every value of the range alike."""

    kind: Literal["uniform"] = "uniform"


class Normal(_Distribution):
    """A normal distribution cut at the range's ends.

    Attributes:
        mean: In the column's unit.
        standard_deviation: In the column's unit.
    """

    kind: Literal["normal"] = "normal"
    mean: float
    standard_deviation: float = Field(gt=0)


class LogNormal(_Distribution):
    """A log-normal distribution cut at the range's ends.

    Attributes:
        median: In the column's unit.
        sigma: Standard deviation of the natural logarithm.
    """

    kind: Literal["log_normal"] = "log_normal"
    median: float = Field(gt=0)
    sigma: float = Field(gt=0)


class Exponential(_Distribution):
    """low + an exponential of mean `mean` (column's unit), cut at high."""

    kind: Literal["exponential"] = "exponential"
    mean: float = Field(gt=0)


class Power(_Distribution):
    """low + (high - low) * u ** exponent, u uniform: above 1 leans to low, below 1 to high."""

    kind: Literal["power"] = "power"
    exponent: float = Field(gt=0)


Distribution = Annotated[Uniform | Normal | LogNormal | Exponential | Power, Field(discriminator="kind")]
