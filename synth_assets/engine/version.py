"""The engine's identity: part of every manifest and of every asset's code version."""

ENGINE_VERSION = "1"
"""Raised whenever any cell of any plan changes its bytes."""
