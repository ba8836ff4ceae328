"""The PostgreSQL of a worker, and the seed of a run."""

import os
from collections.abc import Iterator

import psycopg
import pytest

from synth_assets_tests.postgres import start_postgres

FIXED_SEED = 20_260_630


@pytest.fixture(scope="session")
def judge() -> Iterator[psycopg.Connection]:
    """A connection to a server of this process's own; what tests write to it, they roll back."""
    with start_postgres() as uri, psycopg.connect(uri) as connection:
        yield connection


@pytest.fixture(scope="session")
def run_seed(request: pytest.FixtureRequest) -> int:
    """The same in CI, another one each time elsewhere; SCHEMAS_SEED names one to be run again. All workers have the same."""
    named = os.environ.get("SCHEMAS_SEED")
    if named:
        return int(named)
    if os.environ.get("CI"):
        return FIXED_SEED
    inputs = getattr(request.config, "workerinput", {})
    return int(inputs["testrunuid"][:7], 16) if "testrunuid" in inputs else int.from_bytes(os.urandom(3), "big")
