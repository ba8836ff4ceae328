"""What people look at: plots of generated rows.

Here: one picture a table, drawn with matplotlib, which is imported on the first call. Not here: files
people take away (exports), verdicts (checks), scores (metrics), where a picture is shown (orchestration).
"""

from synth_assets.reports.plots import plot_table

__all__ = ["plot_table"]
