"""Tests of synth_assets.vocabulary."""
