"""Feedback on a dataset in Dagster: taken once, only what it reaches is made again, the way back is exact, lost files come back changed."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow.parquet as pq
import pytest

from synth_assets.orchestration.datasets import Dataset, open_store
from synth_assets.orchestration.feedback import PlanConfig, run_of, take_feedback
from synth_assets.orchestration.schema_definitions import SchemaDefinitions
from synth_assets_tests.gemini.server import GeminiEmulator
from synth_assets_tests.llm.test_feedback import ANSWER, WORDS
from synth_assets_tests.orchestration.conftest import QUIET, build, run_job
from synth_assets_tests.orchestration.test_runs import failures
from synth_assets_tests.pipeline.library import DDL, library

PATCH = "tables: {books: {columns: {pages: {strategy: {kind: number, low: 20, high: 90}, reason: thin books}}}}"
TABLES = ("members", "books", "loans")


@dataclass(frozen=True)
class Shelf:
    """A library whose dataset `one` is made."""

    built: SchemaDefinitions
    instance: dg.DagsterInstance
    data_dir: Path

    def say(self, *, job: str = "", **config: Any) -> dg.ExecuteInProcessResult:
        """Run the feedback job, or another one, on the dataset."""
        names = self.built.names
        run_config = {"ops": {names.plan_op: {"config": config}}, **QUIET} if config else QUIET
        return self.built.definitions.resolve_job_def(job or names.feedback_job).execute_in_process(
            run_config=run_config, partition_key="one", instance=self.instance, tags=names.run_tags("one"), raise_on_error=False
        )

    def files(self) -> dict[str, bytes]:
        return {p.name: p.read_bytes() for p in (self.data_dir / "datasets/library/one/tables").glob("*.parquet")}


def metadata_of(result: dg.ExecuteInProcessResult, asset: str = "_plan") -> dict[str, Any]:
    assert result.success, failures(result)
    found = next(e.materialization for e in result.get_asset_materialization_events() if e.asset_key == dg.AssetKey(["library", asset]))
    return {name: value.value for name, value in found.metadata.items()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder of a finished first run; copied by whoever changes it."""
    folder = tmp_path_factory.mktemp("library")
    with pytest.MonkeyPatch.context() as patch, dg.DagsterInstance.ephemeral() as ephemeral:
        patch.setenv("SYNTH_DATA_DIR", str(folder))
        result = run_job(build(library(), ddl_text=DDL), ephemeral, "one", {"rows": 60})
        assert result.success, failures(result)
        yield folder


@pytest.fixture
def shelf(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, instance: dg.DagsterInstance) -> Shelf:
    shutil.copytree(made, tmp_path / "data")
    monkeypatch.setenv("SYNTH_DATA_DIR", str(tmp_path / "data"))
    built = build(library(), ddl_text=DDL)
    instance.add_dynamic_partitions(built.names.partitions_name, ["one"])
    return Shelf(built, instance, tmp_path / "data")


def test_words_change_what_they_reach_and_the_ui_tells_the_story(shelf: Shelf, gemini_environment: GeminiEmulator) -> None:
    gemini_environment.on("half of the members", {**ANSWER, "not_possible": ["Smiles are no column."]})
    before = shelf.files()
    result = shelf.say(feedback=WORDS)
    told = metadata_of(result)
    after = shelf.files()
    assert {name for name in after if after[name] != before[name]} == {"members.parquet"}
    assert {e.asset_key.path[-1] for e in result.get_asset_materialization_events() if e.asset_key} == {*TABLES, "_plan", "_export"}
    assert all(e.passed for e in result.get_asset_check_evaluations())
    assert (told["version"], told["tables kept as they are"], told["not done"]) == (2, ["books", "loans"], ["Smiles are no column."])
    assert "| members.kind | regular 55%" in str(told["changed"])
    assert "half are students" in str(told["changed"])
    assert "| members.kind | regular " in str(told["before and after"])
    assert str(told["before and after, drawn"]).startswith("![version 2")
    assert [(r.data["version"], r.data["holds"], r.data["words"]) for r in told["versions"].records] == [(1, "", ""), (2, "yes", WORDS)]
    kinds = pq.read_table(shelf.data_dir / "datasets/library/one/tables/members.parquet").column("kind").to_pylist()
    assert 0.35 < kinds.count("student") / 60 < 0.65


def test_the_same_words_again_change_nothing_more(shelf: Shelf, gemini_environment: GeminiEmulator) -> None:
    gemini_environment.on("half of the members", ANSWER)
    assert metadata_of(shelf.say(feedback=WORDS))["version"] == 2
    files = shelf.files()
    again = metadata_of(shelf.say(feedback=WORDS))
    assert again["version"] == 2
    assert "changed" not in again
    assert shelf.files() == files
    assert len(gemini_environment.calls()) == 1


def test_a_patch_and_the_way_back_need_no_gemini(shelf: Shelf) -> None:
    before = shelf.files()
    assert metadata_of(shelf.say(patch=PATCH))["version"] == 2
    changed = shelf.files()
    assert {name for name in changed if changed[name] != before[name]} == {"books.parquet"}
    assert metadata_of(shelf.say(patch=PATCH))["version"] == 2
    assert metadata_of(shelf.say(revert_to=1))["version"] == 1
    assert shelf.files() == before
    assert metadata_of(shelf.say(revert_to=2))["version"] == 2
    assert shelf.files() == changed


def test_the_generate_job_makes_the_version_that_holds(shelf: Shelf) -> None:
    metadata_of(shelf.say(patch=PATCH))
    files = shelf.files()
    for path in (shelf.data_dir / "datasets/library/one/tables").iterdir():
        path.unlink()
    assert metadata_of(shelf.say(job=shelf.built.names.job))["version"] == 2
    assert shelf.files() == files


def test_a_dataset_whose_files_are_lost_comes_back_as_feedback_had_made_it(shelf: Shelf) -> None:
    metadata_of(shelf.say(patch=PATCH))
    files = shelf.files()
    shutil.rmtree(shelf.data_dir / "datasets/library/one")
    key = shelf.built.names.table_key("books")
    job = shelf.built.definitions.resolve_job_def(shelf.built.names.job)
    arguments = {"partition_key": "one", "instance": shelf.instance, "raise_on_error": False, "run_config": QUIET}
    result = job.execute_in_process(asset_selection=[key], **arguments)
    assert result.success, failures(result)
    assert shelf.files() == {"books.parquet": files["books.parquet"]}
    assert metadata_of(shelf.say(job=shelf.built.names.job))["version"] == 2
    assert shelf.files() == files


def test_a_run_that_is_repeated_takes_its_feedback_once(shelf: Shelf) -> None:
    result = shelf.say(patch=PATCH)
    run = result.dagster_run
    metadata_of(shelf.say(revert_to=1))
    store = open_store()
    schema, request = library(), store.load_request("library", "one")
    dataset = Dataset("one", schema, request, store.load_plan("library", "one"))
    assert take_feedback(store, dataset, PlanConfig(patch=PATCH), run_of(run)).version.number == 1
    assert take_feedback(store, dataset, PlanConfig(patch=PATCH), "another run").version.number == 2


REFUSED = {
    "two things at once": ({"patch": PATCH, "revert_to": 1}, "PLAN509"),
    "words without a key": ({"feedback": "half students"}, "LLM141"),
    "a key": ({"patch": "tables: {books: {columns: {book_id: {strategy: {kind: constant, value: '1'}}}}}"}, "PLAN131"),
    "no such version": ({"revert_to": 9}, "PLAN506"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_stores_nothing_and_makes_nothing(shelf: Shelf, case: str) -> None:
    config, code = REFUSED[case]
    before = shelf.files()
    result = shelf.say(**config)
    assert code in failures(result)["plan_library"]
    assert not list(result.get_asset_materialization_events())
    assert shelf.files() == before
    assert not (shelf.data_dir / "datasets/library/one/versions").exists()
