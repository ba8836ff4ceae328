"""Labelled text in Dagster: a dropped YAML file becomes assets, checks and a run; what is wrong with one is seen."""

import shutil
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow.parquet as pq
import pytest

from synth_assets.labelled_text import LabelledTextRequest
from synth_assets.orchestration.labelled_assets import LabelledDefinitions, build_labelled_definitions
from synth_assets.orchestration.location import STATE_KEY, admit_uploads, build_labelled, build_location, build_schemas
from synth_assets.orchestration.translator import upload_keys
from synth_assets.orchestration.upload_sensor import build_uploads_sensor
from synth_assets.orchestration.uploads import UploadsState, read_uploads
from synth_assets.pipeline.labelled_store import LabelledStore
from synth_assets.settings import Settings
from synth_assets_tests.gemini.server import GeminiEmulator
from synth_assets_tests.labelled_text.author import ScriptedAuthor
from synth_assets_tests.labelled_text.samples import EXAMPLE, inbox, small
from synth_assets_tests.orchestration.conftest import OWNERS, QUIET

SPLITS = ("train", "validation", "test")


def run(request: LabelledTextRequest, instance: dg.DagsterInstance, **arguments: Any) -> dg.ExecuteInProcessResult:
    built = build_labelled_definitions(request, None, OWNERS)
    job = built.definitions.resolve_job_def(built.names.job)
    return job.execute_in_process(run_config=QUIET, instance=instance, raise_on_error=False, **arguments)


def metadata_of(result: dg.ExecuteInProcessResult, *path: str) -> dict[str, Any]:
    found = next(e.materialization for e in result.get_asset_materialization_events() if e.asset_key == dg.AssetKey(list(path)))
    return {name: value.value for name, value in found.metadata.items()}


def admitted(settings: Settings, earlier: UploadsState | None = None) -> UploadsState:
    return admit_uploads(read_uploads(settings.uploads_dir, earlier or UploadsState()), settings)


def look(state: UploadsState, settings: Settings, instance: dg.DagsterInstance) -> dg.SensorResult:
    """One look of the uploads sensor at an unchanged folder."""
    keys = upload_keys(u.file for u in state.uploads)
    labelled = build_labelled(state, settings)
    sensor = build_uploads_sensor(state, STATE_KEY, build_schemas(state, settings), keys, settings, labelled)
    context = dg.build_sensor_context(instance=instance, definitions=build_location(state, settings))
    result = sensor(context)
    assert isinstance(result, dg.SensorResult), result
    return result


def test_messages_and_splits_are_made_checked_and_shown(data_dir: Path, instance: dg.DagsterInstance) -> None:
    result = run(inbox(), instance)
    assert result.success
    counts = {name: metadata_of(result, "support_inbox", name)["dagster/row_count"] for name in ("messages", *SPLITS)}
    assert counts == {"messages": 640, "train": 512, "validation": 64, "test": 64}
    assert pq.read_schema(metadata_of(result, "support_inbox", "test")["dagster/uri"]).names == ["message", "category", "confidence"]
    evaluations = result.get_asset_check_evaluations()
    assert len(evaluations) == 4 + 3 * 3
    assert {e.check_name for e in evaluations if not e.passed} == {"ai_fallback"}
    shown = metadata_of(result, "support_inbox", "messages")
    assert shown["written by"].startswith("No model took part")
    assert "No model has read it" in shown["confidence means"]
    assert "| card_declined | 80 | 80 | 64 | 8 | 8 |" in shown["balance"]
    assert shown["balance plot"].startswith("![support_inbox: balance](data:image/png;base64,iVBOR")
    assert Path(shown["csv file"]).read_text().startswith("message,category,confidence\n")
    assert Path(metadata_of(result, "support_inbox", "train")["jsonl file"]).read_text().count("\n") == 512


def test_the_fallback_warns_and_does_not_when_it_was_asked_for(data_dir: Path, instance: dg.DagsterInstance) -> None:
    warned = next(e for e in run(small(), instance).get_asset_check_evaluations() if e.check_name == "ai_fallback")
    assert (warned.passed, warned.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "no key" in str(warned.description)
    chosen = next(e for e in run(small(ai="off"), instance).get_asset_check_evaluations() if e.check_name == "ai_fallback")
    assert chosen.passed
    assert chosen.metadata["messages by templates"].value == 36


def test_gemini_writes_in_a_run_and_a_second_run_asks_nothing(
    data_dir: Path, instance: dg.DagsterInstance, gemini_environment: GeminiEmulator
) -> None:
    ScriptedAuthor().take_part(gemini_environment)
    first = run(small(), instance)
    assert first.success
    assert all(e.passed for e in first.get_asset_check_evaluations())
    shown = metadata_of(first, "small", "messages")
    assert shown["gemini questions"] == 5
    assert shown["gemini models"] == "gemini-3.8-flash"
    assert "| praise | the same | 12 |" in shown["judged"]
    gemini_environment.reset()
    second = run(small(), instance)
    assert not gemini_environment.calls()
    assert metadata_of(second, "small", "messages")["sha256"] == shown["sha256"]


def test_rows_changed_behind_its_back_fail_the_checks(data_dir: Path, instance: dg.DagsterInstance) -> None:
    request = small()
    assert run(request, instance).success
    path = LabelledStore(data_dir, request).record("test").path
    train = LabelledStore(data_dir, request).record("train").path
    shutil.copy(train, path)
    built = build_labelled_definitions(request, None, OWNERS)
    only = dg.AssetSelection.checks(*(key for op in built.definitions.asset_checks or () for key in op.check_keys))  # type: ignore[union-attr]
    job = dg.define_asset_job("judge", selection=only)
    definitions = dg.Definitions.merge(built.definitions, dg.Definitions(jobs=[job]))
    result = definitions.resolve_job_def("judge").execute_in_process(run_config=QUIET, instance=instance, raise_on_error=False)
    failed = {(e.asset_key.path[-1], e.check_name) for e in result.get_asset_check_evaluations() if not e.passed}
    assert {("test", "stratified"), ("test", "rows_of_messages"), ("test", "apart_from_others"), ("train", "rows_of_messages")} <= failed


def test_a_file_dropped_becomes_assets_and_one_run(settings: Settings, instance: dg.DagsterInstance) -> None:
    shutil.copy(EXAMPLE, settings.uploads_dir / "inbox.yaml")
    state = admitted(settings)
    location = build_location(state, settings)
    dg.Definitions.validate_loadable(location)
    graph = location.resolve_asset_graph()
    assert graph.get(dg.AssetKey(["support_inbox", "messages"])).parent_keys == {dg.AssetKey(["uploads", "inbox_yaml"])}
    assert graph.get(dg.AssetKey(["support_inbox", "test"])).parent_keys == {dg.AssetKey(["support_inbox", "messages"])}
    first = look(state, settings, instance)
    assert [r.job_name for r in first.run_requests or ()] == ["label_support_inbox"]
    started(build_labelled(state, settings)[0], instance)
    assert not look(state, settings, instance).run_requests
    (settings.uploads_dir / "inbox.yaml").write_text(EXAMPLE.read_text().replace("seed: 7", "seed: 8"))
    changed = admitted(settings, state)
    assert [r.job_name for r in look(changed, settings, instance).run_requests or ()] == ["label_support_inbox"]
    started(build_labelled(changed, settings)[0], instance)
    shutil.copy(EXAMPLE, settings.uploads_dir / "inbox.yaml")
    assert look(admitted(settings, changed), settings, instance).run_requests, "what it was before is shown again"


def started(built: LabelledDefinitions, instance: dg.DagsterInstance) -> None:
    """Record a run as the daemon would that launches the sensor's request."""
    instance.create_run_for_job(built.definitions.resolve_job_def(built.names.job), tags=built.names.run_tags(built.fingerprint))


@pytest.mark.parametrize(
    ("file", "text", "code"),
    [
        ("odd.yaml", "rows: 5\n", "REQ301"),
        ("odd.yml", "kind: labeled_text\ncategories: []\n", "REQ301"),
        ("odd.yaml", "kind: labelled_text\ncategories: [{name: a, description: something}]\n", "REQ302"),
        ("odd.yaml", "kind: [\n", "REQ101"),
        ("odd.yaml", "kind: labelled_text\ncategories: &a [*a]\n", "REQ101"),
        ("odd.yaml", "", "REQ301"),
    ],
)
def test_a_yaml_file_that_is_no_dataset_is_seen_and_harms_nobody(
    settings: Settings, instance: dg.DagsterInstance, file: str, text: str, code: str
) -> None:
    (settings.uploads_dir / file).write_text(text)
    (settings.uploads_dir / "shop.sql").write_text("CREATE TABLE books (id INTEGER PRIMARY KEY);")
    (settings.uploads_dir / "shop.yaml").write_text("rows: 5\n")
    state = admitted(settings)
    assert [(u.file, [d.code for d in u.errors]) for u in state.uploads] == [(file, [code]), ("shop.sql", [])]
    result = look(state, settings, instance)
    verdicts = {e.asset_key.path[-1]: e.passed for e in result.asset_events if isinstance(e, dg.AssetCheckEvaluation)}
    assert verdicts == {file.replace(".", "_"): False, "shop_sql": True}
    assert [r.job_name for r in result.run_requests or ()] == ["generate_shop"]


def test_labelled_text_beside_a_schema_is_no_request_of_it(settings: Settings) -> None:
    (settings.uploads_dir / "shop.sql").write_text("CREATE TABLE books (id INTEGER PRIMARY KEY);")
    shutil.copy(EXAMPLE, settings.uploads_dir / "shop.yaml")
    state = admitted(settings)
    assert [(u.file, u.errors) for u in state.uploads] == [("shop.sql", ()), ("shop.yaml", ())]
    assert [made.names.prefix for made in build_labelled(state, settings)] == ["support_inbox"]


def test_two_files_cannot_make_the_same_assets(settings: Settings) -> None:
    for name in ("one.yaml", "two.yaml"):
        shutil.copy(EXAMPLE, settings.uploads_dir / name)
    (settings.uploads_dir / "support_inbox.sql").write_text("CREATE TABLE messages (id INTEGER PRIMARY KEY);")
    state = admitted(settings)
    problems = {u.file: [d.code for d in u.errors] for u in state.uploads}
    assert problems == {"one.yaml": [], "support_inbox.sql": ["UPL102"], "two.yaml": ["UPL102"]}
    dg.Definitions.validate_loadable(build_location(state, settings))


def test_a_state_survives_being_stored(settings: Settings) -> None:
    shutil.copy(EXAMPLE, settings.uploads_dir / "inbox.yaml")
    state = admitted(settings)
    assert UploadsState.model_validate_json(state.model_dump_json()) == state
