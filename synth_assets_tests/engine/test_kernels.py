"""The compiled loops keep their promises for any key, any row and any size."""

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as h

from synth_assets.engine import kernels
from synth_assets.engine.relations import block_of, weights_of
from synth_assets.engine.streams import stream_key, threshold_of
from synth_assets.engine.tables import category_table, quantile_knots
from synth_assets.plan.distributions import Exponential, LogNormal, Normal, Power
from synth_assets.plan.model import Layout

SEEDS = h.integers(min_value=0, max_value=2**40)


def test_streams_are_pinned() -> None:
    """These numbers are the identity of every dataset: if they change, ENGINE_VERSION must."""
    draws = stream_key(42, "shop", "orders", "id", "value").draw(np.arange(3))
    assert draws.tolist() == [8310302685308464289, 17612154332067262144, 16065827596233209132]


def test_streams_of_different_names_are_unrelated() -> None:
    rows = np.arange(100_000)
    a = stream_key(1, "s", "t", "a").draw(rows).astype(np.float64)
    b = stream_key(1, "s", "t", "b").draw(rows).astype(np.float64)
    assert abs(np.corrcoef(a, b)[0, 1]) < 5 / math.sqrt(rows.size)
    assert abs(np.corrcoef(a[1:], a[:-1])[0, 1]) < 5 / math.sqrt(rows.size)


@given(SEEDS, h.integers(min_value=1, max_value=2**62))
def test_scaled_draws_stay_in_range(seed: int, n: int) -> None:
    picks = kernels.scale_draws(stream_key(seed, "x").draw(np.arange(200)), n)
    assert picks.min() >= 0
    assert picks.max() < n


@given(SEEDS, h.integers(min_value=1, max_value=5000))
def test_a_permutation_hits_every_number_once(seed: int, n: int) -> None:
    key = stream_key(seed, "p")
    assert sorted(kernels.permute(np.arange(n), n, key.first, key.second)) == list(range(n))


@given(SEEDS, h.integers(1, 40), h.integers(1, 40), h.floats(0, 2.5), h.booleans())
def test_a_layout_is_intervals_in_valid_order(seed: int, children: int, parents: int, sigma: float, limited: bool) -> None:
    layout = Layout(children=children, parents=parents)
    block = block_of(layout)
    assert block.children * parents == block.parents * children
    limit = math.ceil(block.children / block.parents) + 2 if limited else 10**9
    rows = np.arange(block.children * 3)
    key = stream_key(seed, "l")
    parent, ordinal = kernels.lay_out(rows, key.first, key.second, weights_of(round(sigma, 2)), block.parents, block.children, limit)
    assert (np.diff(parent) >= 0).all(), "the children of a parent are one run"
    starts = np.flatnonzero(np.r_[True, np.diff(parent) > 0])
    assert (ordinal == rows - np.repeat(starts, np.diff(np.r_[starts, rows.size]))).all()
    assert ordinal.max() < limit
    assert (parent * block.children <= rows * block.parents).all(), "no parent is used before a smaller dataset has it"


def test_layout_rows_do_not_depend_on_the_order_they_are_asked_in() -> None:
    key = stream_key(7, "l")
    rows = np.arange(1000)
    shuffled = kernels.permute(rows, 1000, key.first, key.second)
    straight = kernels.lay_out(rows, key.first, key.second, weights_of(0.8), 64, 160, 10**9)
    mixed = kernels.lay_out(shuffled, key.first, key.second, weights_of(0.8), 64, 160, 10**9)
    assert (straight[0][shuffled] == mixed[0]).all()
    assert (straight[1][shuffled] == mixed[1]).all()


@given(SEEDS, h.integers(1, 500))
def test_strides_are_distinct_within_an_owner(seed: int, window: int) -> None:
    key = stream_key(seed, "s")
    owner = np.zeros(window, dtype=np.int64)
    picks = kernels.stride(np.arange(window), key.draw(owner), key.draw(owner + 1), np.full(window, window))
    assert sorted(picks) == list(range(window))


@given(SEEDS, h.integers(1, 1000), h.integers(1, 50), h.integers(1, 50), h.integers(1, 40))
def test_attachment_never_looks_ahead(seed: int, parents: int, numerator: int, denominator: int, floor: int) -> None:
    rows = np.arange(500)
    picked = kernels.attach(rows, stream_key(seed, "a").draw(rows), parents, numerator, denominator, floor)
    window = np.minimum(parents, np.maximum((rows + 1) * numerator // denominator, floor))
    assert (picked >= 0).all()
    assert (picked < window).all()


@pytest.mark.parametrize(
    "distribution",
    [
        Normal(mean=50, standard_deviation=12),
        LogNormal(median=20, sigma=0.9),
        Exponential(mean=15),
        Power(exponent=2.5),
        Normal(mean=900, standard_deviation=1),
    ],
)
def test_quantile_tables_stay_in_range_and_rise(distribution: object) -> None:
    knots, bits = quantile_knots(distribution, Decimal("1.00"), Decimal("100.00"), Decimal("0.01"))  # type: ignore[arg-type]
    assert (np.diff(knots) >= 0).all()
    drawn = kernels.interpolate(stream_key(1, "q").draw(np.arange(50_000)), knots, bits)
    assert drawn.min() >= 100
    assert drawn.max() <= 10_000


def test_quantile_table_has_the_shape_it_claims() -> None:
    knots, bits = quantile_knots(LogNormal(median=20, sigma=0.5), Decimal(1), Decimal(1000), Decimal("0.01"))
    drawn = kernels.interpolate(stream_key(3, "q").draw(np.arange(200_000)), knots, bits) / 100
    assert abs(np.median(drawn) - 20) < 0.1
    assert abs(np.std(np.log(drawn)) - 0.5) < 0.01


def test_category_tables_follow_the_weights() -> None:
    table = category_table([5, 3, 2])
    shares = np.bincount(table) / table.size
    assert np.allclose(shares, [0.5, 0.3, 0.2], atol=1e-4)
    with pytest.raises(ValueError, match="positive"):
        category_table([0, 0])


def test_thresholds_cover_both_ends() -> None:
    assert threshold_of(0) == 0
    assert int(threshold_of(1)) == 2**64 - 1
