"""The features of Dagster 1.13 that are used although it calls them previews: each use would warn, so the warnings are hushed.

Partitioned asset checks, state-backed components, code references. Pinned by `dagster<1.14`, covered by tests.
"""

import warnings

import dagster as dg


def hush_previews() -> None:
    """Ignore Dagster's preview and beta warnings in this process."""
    warnings.filterwarnings("ignore", category=dg.PreviewWarning)
    warnings.filterwarnings("ignore", category=dg.BetaWarning)
