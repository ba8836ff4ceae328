"""Reference distributions and how far rows are from them, with thresholds that follow from the number of rows.

All thresholds hold for samples of independent draws, at any size and without approximation: true
data goes beyond one with a probability of at most `FALSE_ALARM`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, assert_never

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from synth_assets.plan.distributions import Distribution, Exponential, LogNormal, Normal, Power, Uniform

FALSE_ALARM = 1e-6
"""Chance that one comparison fails on data that does follow the plan."""

SMALLEST_EXPECTED_COUNT = 5
"""Categories expected less often are pooled: alone they say nothing and only widen the threshold."""

SMALLEST_MASS = 1e-9
"""A range holding less of its distribution than this cannot be compared in double precision."""

Numbers = NDArray[np.float64]


class Reference(Protocol):
    """A distribution to compare with. `distance` takes the non-NULL values, at least one; both give numbers in [0, 1]."""

    def distance(self, values: pa.Array) -> float: ...

    def threshold(self, count: int) -> float: ...


@dataclass(frozen=True)
class NumericReference:
    """A distribution over [low, high], on a grid of `step` (0: none); dates are days since 1970-01-01.

    Rounding to the grid moves a value by less than one step, in a direction the plan does not say.
    The distance is therefore taken from the band between F(x) and F(x + step); a uniform
    distribution over a grid has a form of its own, in which every grid value counts alike.
    """

    low: float
    high: float
    distribution: Distribution
    step: float = 0.0

    def distance(self, values: pa.Array) -> float:
        """Return the Kolmogorov-Smirnov distance: the largest gap between the distribution functions."""
        # NaN lies beyond every end: it counts in full, and cannot make the comparisons below false.
        points, counts = np.unique(np.nan_to_num(as_numbers(values), nan=np.inf, posinf=np.inf, neginf=-np.inf), return_counts=True)
        reached = np.cumsum(counts) / counts.sum()
        before = np.concatenate(([0.0], reached[:-1]))
        above = reached - self.upper(points)
        below = self.lower(points - self.step) - before
        return max(0.0, float(above.max()), float(below.max()))

    def threshold(self, count: int) -> float:
        """Return sqrt(ln(2 / FALSE_ALARM) / (2 n)): Dvoretzky-Kiefer-Wolfowitz with Massart's constant."""
        return min(1.0, math.sqrt(math.log(2 / FALSE_ALARM) / (2 * count)))

    def upper(self, points: Numbers) -> Numbers:
        """Return the most that may lie at or below each point."""
        return self._on_grid(points) if self._counts_alike else self._cdf(points + self.step)

    def lower(self, points: Numbers) -> Numbers:
        """Return the least that must lie at or below each point (below it, where there is no grid)."""
        if self.step == 0 and self.high <= self.low:
            return np.where(points > self.low, 1.0, 0.0)
        return self._on_grid(points) if self._counts_alike else self._cdf(points)

    @property
    def _counts_alike(self) -> bool:
        return self.step > 0 and isinstance(self.distribution, Uniform)

    def _on_grid(self, points: Numbers) -> Numbers:
        # A millionth of a step of slack: 0.1 and its multiples are no exact binary fractions.
        first, last = math.ceil(self.low / self.step - 1e-6), math.floor(self.high / self.step + 1e-6)
        at = np.floor(points / self.step + 1e-6)
        return np.clip((at - first + 1) / (last - first + 1), 0.0, 1.0)

    def _cdf(self, points: Numbers) -> Numbers:
        inside = np.clip(points, self.low, self.high)
        if self.high <= self.low:
            return np.where(points >= self.low, 1.0, 0.0)
        bottom, top = (_cumulative(self.distribution, np.array([end]), self.low, self.high)[0] for end in (self.low, self.high))
        share = (_cumulative(self.distribution, inside, self.low, self.high) - bottom) / (top - bottom)
        return np.where(points < self.low, 0.0, np.where(points >= self.high, 1.0, share))

    @property
    def mass(self) -> float:
        """The probability of [low, high] before the distribution is cut to it."""
        if self.high <= self.low:
            return 1.0
        ends = _cumulative(self.distribution, np.array([self.low, self.high]), self.low, self.high)
        return float(ends[1] - ends[0])


@dataclass(frozen=True)
class CategoryReference:
    """Categories, as text, with probabilities that sum to 1."""

    probabilities: Mapping[str, float]

    def distance(self, values: pa.Array) -> float:
        """Return the total variation distance, rare categories pooled; values of no category count in full."""
        counted = pc.value_counts(as_text(values))
        count = len(values)
        shares = {c["values"].as_py(): c["counts"].as_py() / count for c in counted}
        rare = self._rare(count)
        gaps = [abs(shares.get(name, 0.0) - p) for name, p in self.probabilities.items() if name not in rare]
        gaps += [share for name, share in shares.items() if name not in self.probabilities]
        gaps.append(abs(sum(shares.get(name, 0.0) - self.probabilities[name] for name in rare)))
        return float(min(1.0, sum(gaps) / 2))

    def threshold(self, count: int) -> float:
        """Return the mean distance's bound, sum(sqrt(p (1 - p) / n)) / 2, plus McDiarmid's sqrt(ln(1 / FALSE_ALARM) / (2 n))."""
        rare = self._rare(count)
        pooled = [p for name, p in self.probabilities.items() if name not in rare] + [sum(self.probabilities[name] for name in rare)]
        mean = sum(math.sqrt(max(p * (1 - p), 0.0) / count) for p in pooled) / 2
        return min(1.0, mean + math.sqrt(math.log(1 / FALSE_ALARM) / (2 * count)))

    def _rare(self, count: int) -> frozenset[str]:
        return frozenset(name for name, p in self.probabilities.items() if p * count < SMALLEST_EXPECTED_COUNT)


def fraction_threshold(fraction: float, count: int) -> float:
    """Return how far a share of `count` rows may lie from its probability (Bernstein's inequality); 0 for 0 and 1."""
    if fraction in {0.0, 1.0}:
        return 0.0
    term = math.log(2 / FALSE_ALARM) / count
    return min(1.0, term / 3 + math.sqrt((term / 3) ** 2 + 2 * fraction * (1 - fraction) * term))


def as_numbers(values: pa.Array) -> Numbers:
    """Return numbers as they are and dates and timestamps as days since 1970-01-01, in float64."""
    if pa.types.is_timestamp(values.type) or pa.types.is_date(values.type):
        days = pc.floor_temporal(values, unit="day") if pa.types.is_timestamp(values.type) else values
        values = days.cast(pa.timestamp("us")).cast(pa.date32()).cast(pa.int32())
    return np.asarray(values.cast(pa.float64(), safe=False), dtype=np.float64)


def as_text(values: pa.Array) -> pa.Array:
    """Return values in the text form both sides of a comparison of categories use."""
    return values if pa.types.is_string(values.type) else values.cast(pa.string())


def _cumulative(distribution: Distribution, x: Numbers, low: float, high: float) -> Numbers:
    """Return the distribution function before it is cut to [low, high], up to a factor and an addend."""
    match distribution:
        case Uniform():
            return (x - low) / (high - low)
        case Power(exponent=exponent):
            return np.asarray(((x - low) / (high - low)) ** (1 / exponent))
        case Exponential(mean=mean):
            return np.asarray(-np.expm1(-(x - low) / mean))
        case Normal(mean=mean, standard_deviation=deviation):
            return _normal((x - mean) / deviation)
        case LogNormal(median=median, sigma=sigma):
            positive = np.maximum(x, np.finfo(np.float64).tiny)
            return np.where(x > 0, _normal((np.log(positive) - math.log(median)) / sigma), 0.0)
        case _:
            assert_never(distribution)


def _normal(z: Any) -> Numbers:
    """Return the standard normal distribution function; numpy has no erf."""
    return np.fromiter((0.5 * math.erfc(-v / math.sqrt(2)) for v in z.tolist()), dtype=np.float64, count=len(z))
