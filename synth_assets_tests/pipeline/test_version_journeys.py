"""Any journey of changes and returns: after each step the folder is what its plan gives, and every version can be gone back to."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from synth_assets.errors import PlanError
from synth_assets.pipeline.generate import generate_directory
from synth_assets.pipeline.modify import history_of, make_change, open_changeable, propose_return, return_to
from synth_assets.pipeline.versions import propose_change
from synth_assets.plan.patch import PlanPatch
from synth_assets.plan.request import DatasetRequest
from synth_assets_tests.pipeline.library import DDL, generated
from synth_assets_tests.pipeline.test_modify import contents

ROWS = 12
SHARES = st.lists(st.integers(1, 9), min_size=4, max_size=4).map(
    lambda weights: {"strategy": {"kind": "categorical", "values": ["regular", "premium", "student", "senior"], "weights": weights}}
)
PAGES = st.integers(30, 60).map(lambda low: {"strategy": {"kind": "number", "low": low, "high": low + 40}})
NULLS = st.sampled_from((0.0, 0.25, 0.75)).map(lambda share: {"null_fraction": share})
PATCHES = st.fixed_dictionaries(
    {},
    optional={
        "members": st.fixed_dictionaries({"columns": st.fixed_dictionaries({}, optional={"kind": SHARES, "city": NULLS})}),
        "books": st.fixed_dictionaries({"columns": st.fixed_dictionaries({}, optional={"pages": PAGES})}),
        "loans": st.fixed_dictionaries({"rows": st.integers(ROWS - 4, ROWS + 9)}),
    },
).map(lambda tables: PlanPatch.model_validate({"tables": tables}))


class Journey(RuleBasedStateMachine):
    """One folder; `seen` holds the files of every version."""

    def __init__(self) -> None:
        super().__init__()
        self.scratch = Path(tempfile.mkdtemp())
        self.seen: dict[int, dict[str, bytes]] = {}

    @initialize()
    def begin(self) -> None:
        self.folder = generated(self.scratch / "out", "csv", ROWS)
        self.seen[1] = contents(self.folder)
        self.holds = 1

    @rule(patch=PATCHES)
    def change(self, patch: PlanPatch) -> None:
        dataset = open_changeable(str(self.folder), self.scratch)
        try:
            change = propose_change(dataset.schema, dataset.plan, patch)
        except PlanError as error:
            assert {d.code for d in error.diagnostics} == {"PLAN504"}  # noqa: PT017 - some patches are nothing
            return
        made = make_change(dataset, change)
        assert set(made.written) == change.diff.affected
        self.holds = made.version.number
        assert self.seen.setdefault(self.holds, contents(self.folder)) == contents(self.folder)

    @rule(data=st.data())
    def go(self, data: st.DataObject) -> None:
        dataset = open_changeable(str(self.folder), self.scratch)
        self.holds = data.draw(st.sampled_from(sorted(self.seen)))
        return_to(dataset, *propose_return(dataset, self.holds))

    @invariant()
    def the_files_are_those_of_the_version_that_holds(self) -> None:
        if self.seen:
            versions, current = history_of(open_changeable(str(self.folder), self.scratch))
            assert (current.number, sorted(v.number for v in versions)) == (self.holds, sorted(self.seen))
            assert contents(self.folder) == self.seen[self.holds]

    def teardown(self) -> None:
        dataset = open_changeable(str(self.folder), self.scratch)
        fresh = self.scratch / "fresh"
        generate_directory(dataset.schema, dataset.plan, fresh, "csv", ddl_text=DDL, request=DatasetRequest(rows=ROWS))
        assert contents(fresh) == contents(self.folder)
        shutil.rmtree(self.scratch)


TestJourneys = Journey.TestCase
TestJourneys.settings = settings(max_examples=6, stateful_step_count=8, deadline=None)
