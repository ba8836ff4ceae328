"""Measurements, as ratios side by side in one run: `make bench`. Never a test: machines differ, ratios tell."""
