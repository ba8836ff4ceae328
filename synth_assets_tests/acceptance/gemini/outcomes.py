"""What became of a run in which something went wrong, in the words of the table in docs/gemini.md; and that table.

`SYNTH_RENEW_DOCS=1` (with `-n 0`) writes what happened into the page; otherwise the page is compared with it.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from synth_assets.errors import LlmError
from synth_assets_tests.acceptance.gemini.kitchen import Made
from synth_assets_tests.gemini import FAULTS

PAGE = Path(__file__).parents[3] / "docs" / "gemini.md"
_KINDS = ("fault", "once, at every question", *(f"{what}, always" for what in ("plan", "scenarios", "texts", "critique")))
_HEAD = f"| {' | '.join(_KINDS)} |\n{'|---' * len(_KINDS)}|\n"


@dataclass(frozen=True)
class Outcome:
    """How one run ended.

    Attributes:
        made: The dataset; None where it failed.
        error: Why it failed.
        requests: How many were sent.
        undecided: Columns that an undisturbed model would have decided, and this one has not.
        unfilled: Texts that it would have written, and has not.
    """

    made: Made | None
    error: LlmError | None
    requests: int
    undecided: int
    unfilled: int

    def words(self, undisturbed: int) -> str:
        """Say it as the table does; `undisturbed` is how many requests it takes when nothing happens."""
        if self.error is not None:
            return f"fails, {self.error.code}"
        assert self.made is not None
        codes = sorted({code for found in self.made.fallbacks.values() for code in found})
        lost = [f"{n} {what}{'s' * (n > 1)}" for n, what in ((self.undecided, "column"), (self.unfilled, "text")) if n]
        if lost:
            return f"rules for {' and '.join(lost)}, {', '.join(codes) or 'noted'}"
        if codes:
            return f"whole, not judged, {', '.join(codes)}"
        return "whole, asked again" if self.requests > undisturbed else "whole"


@dataclass(frozen=True)
class FaultTable:
    """The page's table of one mode."""

    ai: str

    @property
    def _ends(self) -> tuple[str, str]:
        return f"<!-- faults with ai: {self.ai} -->\n", f"<!-- end of faults with ai: {self.ai} -->"

    def rows(self) -> dict[str, str]:
        """Return its lines by fault."""
        begin, end = self._ends
        lines = PAGE.read_text(encoding="utf-8").split(begin)[1].split(end)[0].splitlines()
        return {line.split("`")[1]: line for line in lines if line.startswith("| `")}

    def compare_or_renew(self, fault: str, outcomes: list[str]) -> None:
        """Compare a fault's line with the page's, or write it there."""
        rows, line = self.rows(), f"| `{fault}` | {' | '.join(outcomes)} |"
        if not os.environ.get("SYNTH_RENEW_DOCS"):
            assert rows.get(fault) == line, "docs/gemini.md differs: if this is how it should be, run with SYNTH_RENEW_DOCS=1 and -n 0"
            return
        rows[fault] = line
        begin, end = self._ends
        before, rest = PAGE.read_text(encoding="utf-8").split(begin)
        table = "".join(f"{rows[kind]}\n" for kind in FAULTS if kind in rows)
        PAGE.write_text(f"{before}{begin}{_HEAD}{table}{end}{rest.split(end)[1]}", encoding="utf-8")
