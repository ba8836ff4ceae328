"""The Dagster entry point: every uploaded schema as assets, checks, jobs and sensors."""

import warnings

import dagster as dg

# Partitioned asset checks and state-backed components are previews in Dagster 1.13; each use would warn.
warnings.filterwarnings("ignore", category=dg.PreviewWarning)
warnings.filterwarnings("ignore", category=dg.BetaWarning)

from synth_assets.orchestration.location import load_location  # noqa: E402 - after the filters


@dg.definitions
def defs() -> dg.Definitions:
    return load_location()
