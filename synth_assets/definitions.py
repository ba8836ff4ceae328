"""The Dagster entry point: every uploaded schema as assets, checks, jobs and sensors."""

import dagster as dg

from synth_assets.orchestration.location import load_location
from synth_assets.orchestration.previews import hush_previews

hush_previews()


@dg.definitions
def defs() -> dg.Definitions:
    return load_location()
