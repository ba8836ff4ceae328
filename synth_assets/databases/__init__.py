"""Real databases: rows are proved by a server that takes or rejects them, and published where people query them.

Here: database URLs, connections, scratch places that leave nothing behind, loading with every constraint on, what
was rejected by which constraint, publishing to PostgreSQL. Not here: judging without a database (checks), scripts and
files that people load themselves (exports), where rows come from (the caller hands over chunks). Drivers are imported
inside functions, and their exceptions stop here.
"""

from synth_assets.databases.model import NotJudged, ProofResult, RefusedStatement, Rejection, TableProof
from synth_assets.databases.proof import prove
from synth_assets.databases.publication import Publication, publish
from synth_assets.databases.rows import OnTableProgress, RowSource
from synth_assets.databases.urls import DatabaseUrl, parse_database_url

__all__ = [
    "DatabaseUrl",
    "NotJudged",
    "OnTableProgress",
    "ProofResult",
    "Publication",
    "RefusedStatement",
    "Rejection",
    "RowSource",
    "TableProof",
    "parse_database_url",
    "prove",
    "publish",
]
