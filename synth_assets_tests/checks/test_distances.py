"""Distances equal independent computations, and thresholds hold for true data and not for false."""

import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from synth_assets.checks.distances import FALSE_ALARM, CategoryReference, NumericReference, as_numbers, fraction_threshold
from synth_assets.plan.distributions import Distribution, Exponential, LogNormal, Normal, Power, Uniform

scipy_stats = pytest.importorskip("scipy.stats", reason="scipy comes with Great Expectations; without it nothing to compare with")

LOW, HIGH = 1.0, 9.0
DISTRIBUTIONS: tuple[tuple[Distribution, Callable[[], object]], ...] = (
    (Uniform(), lambda: scipy_stats.uniform(LOW, HIGH - LOW)),
    (Normal(mean=4, standard_deviation=2), lambda: scipy_stats.truncnorm((LOW - 4) / 2, (HIGH - 4) / 2, loc=4, scale=2)),
    (Normal(mean=-3, standard_deviation=3), lambda: scipy_stats.truncnorm((LOW + 3) / 3, (HIGH + 3) / 3, loc=-3, scale=3)),
    (
        LogNormal(median=3, sigma=0.7),
        lambda: scipy_stats.truncate(scipy_stats.Normal(mu=math.log(3), sigma=0.7), math.log(LOW), math.log(HIGH)),
    ),
    (Exponential(mean=2), lambda: scipy_stats.truncexpon((HIGH - LOW) / 2, loc=LOW, scale=2)),
    (Power(exponent=2.5), lambda: scipy_stats.powerlaw(1 / 2.5, loc=LOW, scale=HIGH - LOW)),
)
IDS = [f"{i}-{d.kind}" for i, (d, _) in enumerate(DISTRIBUTIONS)]


def test_every_distribution_is_an_example_here() -> None:
    assert {type(distribution) for distribution, _ in DISTRIBUTIONS} == set(get_args(get_args(Distribution)[0]))


def test_a_distribution_without_a_function_is_not_passed_over() -> None:
    unknown: Any = object()
    with pytest.raises(AssertionError, match="unreachable"):
        NumericReference(LOW, HIGH, unknown).distance(pa.array([LOW]))


def their_cdf(distribution: Distribution, theirs: object) -> Callable[[np.ndarray], np.ndarray]:
    cdf = theirs.cdf  # type: ignore[attr-defined]
    if isinstance(distribution, LogNormal):
        return lambda x: np.where(x <= LOW, 0.0, np.where(x >= HIGH, 1.0, cdf(np.log(np.clip(x, LOW, HIGH)))))
    return cdf  # type: ignore[no-any-return]


@pytest.mark.parametrize(("distribution", "frozen"), DISTRIBUTIONS, ids=IDS)
@given(values=hnp.arrays(np.float64, st.integers(1, 60), elements=st.floats(-2, 12, width=32)))
def test_continuous_distance_is_scipys(distribution: Distribution, frozen: Callable[[], object], values: np.ndarray) -> None:
    ours = NumericReference(LOW, HIGH, distribution).distance(pa.array(values))
    theirs = scipy_stats.kstest(values, their_cdf(distribution, frozen())).statistic
    assert ours == pytest.approx(theirs, abs=1e-9)


@given(st.lists(st.integers(-3, 12), min_size=1, max_size=50), st.sampled_from([Uniform(), Normal(mean=4, standard_deviation=2)]))
def test_distance_over_a_grid_never_exceeds_that_of_any_rounding(values: list[int], distribution: Distribution) -> None:
    """A band holds every way of rounding, so no way may look better than it."""
    reference = NumericReference(1, 9, distribution, 1.0)
    ours = reference.distance(pa.array(values))
    points = np.arange(-4, 14, dtype=float)
    empirical = np.array([np.mean(np.array(values) <= p) for p in points])
    continuous = NumericReference(1, 9, distribution)
    if isinstance(distribution, Uniform):
        assert ours == pytest.approx(np.abs(empirical - np.clip((points - 1 + 1) / 9, 0, 1)).max())
    else:
        for shift in (0.0, 0.5, 1.0):
            assert ours <= np.abs(empirical - continuous.upper(points + shift)).max() + 1e-12


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.floats(0.5, 5), min_size=1),
    st.lists(st.sampled_from("abcdefgh"), min_size=600, max_size=700),
)
def test_total_variation_is_half_the_sum_of_gaps(weights: dict[str, float], values: list[str]) -> None:
    probabilities = {name: w / sum(weights.values()) for name, w in weights.items()}
    assume(min(probabilities.values()) * len(values) >= 5)
    names = set(probabilities) | set(values)
    expected = sum(abs(values.count(n) / len(values) - probabilities.get(n, 0)) for n in names) / 2
    assert CategoryReference(probabilities).distance(pa.array(values)) == pytest.approx(expected)


def test_rare_categories_are_pooled() -> None:
    common = {"often": 0.9}
    rare = {f"rare{i}": 0.0001 for i in range(1000)}
    reference = CategoryReference({**common, **rare})
    values = pa.array(["often"] * 900 + ["rare7"] * 100)
    assert reference.distance(values) == pytest.approx(0, abs=1e-9)
    assert reference.threshold(1000) < 0.1


@pytest.mark.parametrize(("distribution", "frozen"), DISTRIBUTIONS, ids=IDS)
@pytest.mark.parametrize("step", [0.0, 0.01, 1.0])
@pytest.mark.parametrize("rounding", [np.floor, np.round, np.ceil])
def test_true_draws_pass_at_every_rounding(
    distribution: Distribution, frozen: Callable[[], object], step: float, rounding: Callable[[np.ndarray], np.ndarray]
) -> None:
    draws = inverse_draws(distribution, frozen())
    if step and isinstance(distribution, Uniform):
        draws = LOW + np.floor((draws - LOW) / (HIGH - LOW) * round((HIGH - LOW) / step + 1)) * step
    elif step:
        draws = rounding(draws / step) * step
    reference = NumericReference(LOW, HIGH, distribution, step)
    assert reference.distance(pa.array(draws)) <= reference.threshold(len(draws)) / 2


@pytest.mark.parametrize(("distribution", "frozen"), DISTRIBUTIONS[1:], ids=IDS[1:])
def test_draws_from_another_distribution_fail(distribution: Distribution, frozen: Callable[[], object]) -> None:
    draws = inverse_draws(distribution, frozen())
    assert NumericReference(LOW, HIGH, Uniform()).distance(pa.array(draws)) > NumericReference(LOW, HIGH, Uniform()).threshold(len(draws))


def inverse_draws(distribution: Distribution, frozen: object, count: int = 4000) -> np.ndarray:
    """Draws at seeded uniform levels, through scipy's quantile function."""
    levels = np.random.default_rng(7).random(count)
    quantiles = frozen.icdf(levels) if hasattr(frozen, "icdf") else frozen.ppf(levels)  # type: ignore[attr-defined]
    return np.exp(quantiles) if isinstance(distribution, LogNormal) else quantiles


@pytest.mark.parametrize("count", [1, 10, 1000, 10**6])
@pytest.mark.parametrize("fraction", [0.001, 0.02, 0.5, 0.9])
def test_fraction_threshold_covers_the_binomial(fraction: float, count: int) -> None:
    limit = fraction_threshold(fraction, count)
    low, high = (fraction - limit) * count, (fraction + limit) * count
    beyond = scipy_stats.binom.cdf(math.ceil(low) - 1, count, fraction) + scipy_stats.binom.sf(math.floor(high), count, fraction)
    assert beyond <= FALSE_ALARM


@pytest.mark.parametrize("fraction", [0.0, 1.0])
def test_no_null_and_only_nulls_are_exact(fraction: float) -> None:
    assert fraction_threshold(fraction, 10) == 0


def test_numeric_threshold_is_that_of_the_exact_kolmogorov_distribution() -> None:
    reference = NumericReference(0, 1, Uniform())
    for count in (100, 1000, 5000):
        assert scipy_stats.kstwo.sf(reference.threshold(count), count) <= FALSE_ALARM
        assert scipy_stats.kstwo.sf(reference.threshold(count) * 0.9, count) > FALSE_ALARM


@given(st.dictionaries(st.integers(0, 30), st.floats(0.1, 9), min_size=2), st.integers(20, 3000))
def test_multinomial_draws_stay_below_the_threshold(weights: dict[int, float], count: int) -> None:
    probabilities = {str(k): w / sum(weights.values()) for k, w in weights.items()}
    draws = np.random.default_rng(count).choice(list(probabilities), size=count, p=list(probabilities.values()))
    reference = CategoryReference(probabilities)
    assert reference.distance(pa.array(draws.tolist())) <= reference.threshold(count)


def test_days_count_from_the_epoch_whatever_the_time_of_day() -> None:
    moments = [datetime(1970, 1, 2, 23, 59, 59, 999_999, tzinfo=UTC), datetime(1969, 12, 31, 23, tzinfo=UTC)]
    assert as_numbers(pa.array(moments, pa.timestamp("us", "UTC"))).tolist() == [1.0, -1.0]
    assert as_numbers(pa.array([date(1970, 1, 3), date(1969, 12, 30)])).tolist() == [2.0, -2.0]
    assert as_numbers(pa.array([Decimal("1.50")])).tolist() == [1.5]


def test_not_a_number_is_as_far_as_can_be() -> None:
    assert NumericReference(0, 1, Uniform()).distance(pa.array([math.nan, math.nan])) == 1.0
    assert NumericReference(0, 1, Uniform()).distance(pa.array([0.5, math.nan, 0.25, 0.75])) == pytest.approx(0.25)


def test_a_range_of_one_value() -> None:
    reference = NumericReference(5, 5, Uniform(), 1.0)
    assert reference.distance(pa.array([5, 5, 5])) == 0
    assert reference.distance(pa.array([5, 5, 6, 6])) == 0.5
    assert NumericReference(5, 5, Normal(mean=5, standard_deviation=1)).distance(pa.array([5.0, 5.0])) == 0
