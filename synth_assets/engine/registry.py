"""Which kernel draws which strategy. A strategy without one cannot run; a test says so for the whole union."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from synth_assets.plan.model import ColumnPlan

if TYPE_CHECKING:
    from synth_assets.engine.rows import RowSet

Kernel = Callable[["RowSet", ColumnPlan, Any], pa.Array]
_K = TypeVar("_K", bound=Kernel)

KERNELS: dict[str, Kernel] = {}


def kernel(kind: str) -> Callable[[_K], _K]:
    """Register a function as the kernel of the strategy of that kind."""

    def register(function: _K) -> _K:
        KERNELS[kind] = function
        return function

    return register


def kernel_of(strategy: Any) -> Kernel:
    """Return the kernel of a strategy. Raises KeyError when its kind has none."""
    return KERNELS[strategy.kind]
