"""Lookup tables: weights and distributions turned into integers once, so that drawing is integer work.

Built with Python's own floats and rounded, so the last bits of a machine's math library do not show.
"""

import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache
from statistics import NormalDist
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from synth_assets.engine.kernels import TABLE_BITS
from synth_assets.plan.distributions import Distribution, Exponential, LogNormal, Normal, Power, Uniform

_LUT_SIZE = 65_536
_EDGE = 1e-12


def category_table(weights: Sequence[float]) -> NDArray[np.int32]:
    """Return 65,536 category numbers in proportion to the weights: int32; every positive weight has an entry if it can.

    Raises:
        ValueError: If there are more than 65,536 weights, or none is positive.
    """
    if len(weights) > _LUT_SIZE or not any(w > 0 for w in weights):
        raise ValueError("give 1 to 65,536 weights, at least one of them positive")
    total = math.fsum(weights)
    cumulative = np.cumsum(np.array(weights, dtype=np.float64)) / total
    ends = np.floor(cumulative * _LUT_SIZE + 0.5).astype(np.int64)
    ends[-1] = _LUT_SIZE
    return np.searchsorted(ends, np.arange(_LUT_SIZE), side="right").astype(np.int32)


def fraction_bits(low: int, high: int) -> int:
    """Return how many fraction bits fit beside a range of units in a signed 64-bit number."""
    return max(0, min(20, 61 - max(abs(low) + 1, abs(high) + 1).bit_length()))


@lru_cache(maxsize=256)
def quantile_knots(distribution: Distribution, low: Decimal, high: Decimal, unit: Decimal) -> tuple[NDArray[np.int64], int]:
    """Return (knots, fraction bits) of the inverse CDF over [low, high], counted in units.

    The distribution is cut half a unit beyond both ends, so that rounding to the nearest unit gives each
    end its full share. Results are shared: never write to them.

    Args:
        distribution: Any but `Uniform`, which needs no table.
        low, high: Closed range, in the column's unit. unit: The smallest step, e.g. 0.01.
    """
    low_units, high_units = int(low / unit), int(high / unit)
    bits = fraction_bits(low_units, high_units)
    step = float(unit)
    inverse = _inverse_cdf(distribution, float(low) - step / 2, float(high) + step / 2)
    count = 1 << TABLE_BITS
    knots = [math.floor(inverse(j / count) / step * (1 << bits) + 0.5) for j in range(count + 1)]
    floor, ceiling = (low_units << bits) - (1 << bits) // 2, (high_units << bits) + (1 << bits) // 2 - 1
    bounded = np.clip(np.array([min(max(k, floor), ceiling) for k in knots], dtype=np.int64), floor, ceiling)
    return np.maximum.accumulate(bounded), bits


def _inverse_cdf(distribution: Distribution, low: float, high: float) -> Callable[[float], float]:
    """Return the inverse CDF of a distribution cut to [low, high]."""
    match distribution:
        case Normal(mean=mean, standard_deviation=deviation):
            return _cut_normal(NormalDist(mean, deviation), low, high)
        case LogNormal(median=median, sigma=sigma):
            normal = NormalDist(math.log(median), sigma)
            inner = _cut_normal(normal, math.log(max(low, median * 1e-9)), math.log(max(high, median * 1e-9)))
            return lambda p: math.exp(inner(p))
        case Exponential(mean=mean):
            reach = -math.expm1(-(high - low) / mean)
            # Where the mean is far below the range's end, floats cannot tell the last quantile from infinity.
            return lambda p: min(high, low - mean * math.log1p(-p * reach)) if p * reach < 1 else high
        case Power(exponent=exponent):
            return lambda p: low + (high - low) * p**exponent
        case Uniform():
            return lambda p: low + (high - low) * p
        case _:
            assert_never(distribution)


def _cut_normal(normal: NormalDist, low: float, high: float) -> Callable[[float], float]:
    start, stop = normal.cdf(low), normal.cdf(high)
    if stop - start < _EDGE:
        # The whole range lies in a tail the floats cannot resolve: uniform over it is the honest rest.
        return lambda p: low + (high - low) * p

    def inverse(p: float) -> float:
        q = start + (stop - start) * p
        return low if q <= start else high if q >= stop else min(max(normal.inv_cdf(min(max(q, _EDGE), 1 - _EDGE)), low), high)

    return inverse
