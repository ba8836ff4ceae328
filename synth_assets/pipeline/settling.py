"""Which decisions for free columns hold together: judged as a plan, left out where they bring a problem that the rules' plan lacks.

A problem that names its column, or a CHECK, names who brought it. What is left is found by halving. The same decisions give the
same plan.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from synth_assets.errors import Diagnostic
from synth_assets.pipeline.plan import PlannedDataset, judge_plan
from synth_assets.plan.cells import Cell
from synth_assets.plan.free_columns import Decision, with_decisions
from synth_assets.schema.model import Schema


@dataclass(frozen=True)
class Settled:
    """The plan with the decisions that hold together, and a sentence for each that was left out."""

    planned: PlannedDataset
    notes: tuple[str, ...]


def settle(schema: Schema, by_rules: PlannedDataset, decisions: Mapping[Cell, Decision]) -> Settled:
    """Return the rules' plan with as many decisions in it as bring no error and no warning of their own."""
    settling = _Settling(schema, by_rules)
    suspects = settling.leave_out_named(dict(decisions))
    accepted = settling.add({}, [(cell, d) for cell, d in decisions.items() if cell not in suspects and cell not in settling.notes])
    settling.add(accepted, [(cell, decisions[cell]) for cell in decisions if cell in suspects])
    return Settled(settling.planned, tuple(settling.notes[cell] for cell in decisions if cell in settling.notes))


class _Settling:
    def __init__(self, schema: Schema, by_rules: PlannedDataset) -> None:
        self.planned = by_rules
        self.notes: dict[Cell, str] = {}
        self._schema = schema
        self._by_rules = by_rules
        self._known = {(d.code, d.where) for d in by_rules.diagnostics}

    def leave_out_named(self, decisions: dict[Cell, Decision]) -> set[Cell]:
        """Leave out every decision that a problem names alone, until none does; return those that were named together with others."""
        suspects: set[Cell] = set()
        while decisions:
            _, problems = self._judge(decisions)
            named = [(problem, found) for problem in problems if (found := self._named_by(problem, decisions))]
            if not named:
                break
            for problem, cells in named:
                if len(cells) == 1:
                    self._leave_out(cells[0], problem)
                else:
                    suspects |= set(cells)
            decisions = {cell: d for cell, d in decisions.items() if cell not in suspects and cell not in self.notes}
        return suspects - set(self.notes)

    def add(self, accepted: dict[Cell, Decision], rest: list[tuple[Cell, Decision]]) -> dict[Cell, Decision]:
        """Return the accepted decisions with those of the rest that hold together with them; the plan follows."""
        if not rest:
            return accepted
        together = accepted | dict(rest)
        planned, problems = self._judge(together)
        if not problems:
            self.planned = planned
            return together
        if len(rest) == 1:
            self._leave_out(rest[0][0], problems[0])
            return accepted
        half = len(rest) // 2
        return self.add(self.add(accepted, rest[:half]), rest[half:])

    def _judge(self, decisions: Mapping[Cell, Decision]) -> tuple[PlannedDataset, list[Diagnostic]]:
        """Return the plan with these decisions, and the problems it has beyond those of the rules' plan."""
        plan = with_decisions(self._schema, self._by_rules.plan, decisions)
        diagnostics = judge_plan(self._schema, plan)
        return PlannedDataset(plan, diagnostics), [d for d in diagnostics if (d.code, d.where) not in self._known]

    def _named_by(self, problem: Diagnostic, decisions: Iterable[Cell]) -> list[Cell]:
        """Return the decisions whose column a problem is about, or is read by the CHECK that it is about."""
        table_key, colon, label = problem.where.partition(": ")
        if not colon:
            return [cell for cell in decisions if f"{cell[0]}.{cell[1]}" == problem.where]
        table = self._schema.tables_by_key.get(table_key)
        read = {c for check in table.checks if check.label == label for c in check.columns} if table else set()
        return [cell for cell in decisions if cell[0] == table_key and cell[1] in read]

    def _leave_out(self, cell: Cell, problem: Diagnostic) -> None:
        self.notes[cell] = f"{cell[0]}.{cell[1]}: the rules decide: {problem.message} ({problem.code})"
