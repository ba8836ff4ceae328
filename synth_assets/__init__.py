"""synth_assets: a realistic, constraint-perfect relational dataset from nothing but its SQL DDL, inside Dagster."""

__version__ = "0.1.0"
