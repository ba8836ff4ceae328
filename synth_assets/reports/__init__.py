"""What people look at: plots of generated rows and of labelled text.

Here: one picture a table, and one of a labelled text dataset, drawn with matplotlib, which is imported on the first
call. Not here: files people take away (exports), verdicts (checks), scores (metrics), where a picture is shown
(orchestration).
"""

from synth_assets.reports.label_plots import plot_balance
from synth_assets.reports.plots import plot_table

__all__ = ["plot_balance", "plot_table"]
