"""How rows come to be: any range of any table, as a pure function of schema, plan and seed.

Here: keyed streams, fan-outs, one kernel for each strategy, and `Generator`. Not here: input or
output, a clock, the network, a model call, any decision about what a column should hold (plan).
"""

from typing import TYPE_CHECKING, Any

from synth_assets.engine.version import ENGINE_VERSION

if TYPE_CHECKING:
    from synth_assets.engine.generator import Generator

__all__ = ["ENGINE_VERSION", "Generator"]


def __getattr__(name: str) -> Any:
    """Import the compiled kernels only when rows are really wanted: definitions load without numba."""
    if name == "Generator":
        from synth_assets.engine.generator import Generator

        return Generator
    raise AttributeError(name)
