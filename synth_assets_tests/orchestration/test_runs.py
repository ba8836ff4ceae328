"""Runs: what is made, what is said of it, what stops, what is refused."""

import re
from pathlib import Path

import dagster as dg
import pyarrow.parquet as pq
import pytest

from synth_assets.errors import Diagnostic, StorageError
from synth_assets.orchestration.ai_metadata import AI_FALLBACK_CHECK
from synth_assets.orchestration.datasets import open_store
from synth_assets.schema.model import UniqueConstraint
from synth_assets.schema.types import BooleanType, TextType
from synth_assets.storage import DatasetStore
from synth_assets_tests.orchestration.conftest import FinishedRun, build, run_job
from synth_assets_tests.orchestration.schemas import column, schema_of, shop, table

TABLES = ("branches", "employees", "labels", "items")


def metadata_of(run: FinishedRun, *path: str) -> dict[str, object]:
    events = run.result.get_asset_materialization_events()
    found = next(e.materialization for e in events if e.asset_key == dg.AssetKey(["shop", *path]))
    return {name: value.value for name, value in found.metadata.items()}


def failures(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    return {
        e.step_key or "": str(e.step_failure_data.user_failure_data or e.step_failure_data.error) for e in result.get_step_failure_events()
    }


def test_everything_is_made(finished: FinishedRun) -> None:
    assert finished.result.success, failures(finished.result)
    made = {e.asset_key.to_user_string() for e in finished.result.get_asset_materialization_events() if e.asset_key}
    assert made == {f"shop/{name}" for name in (*TABLES, "_plan", "_export")}


def test_rows_are_those_of_the_request(finished: FinishedRun) -> None:
    counts = {name: metadata_of(finished, name)["dagster/row_count"] for name in TABLES}
    assert counts == {"branches": 5, "employees": 50, "labels": 50, "items": 50}
    for name in TABLES:
        assert pq.read_metadata(Path(str(metadata_of(finished, name)["dagster/uri"]))).num_rows == counts[name]


def test_every_check_of_every_table_passes_once(finished: FinishedRun) -> None:
    wanted = {s.key for op in finished.built.definitions.asset_checks for s in op.check_specs}
    wanted.add(dg.AssetCheckKey(finished.built.names.plan_key, AI_FALLBACK_CHECK))  # the plan itself says how it came to be
    evaluations = finished.result.get_asset_check_evaluations()
    assert {e.asset_check_key for e in evaluations} == wanted
    assert len(evaluations) == len(wanted)
    assert all(e.passed for e in evaluations)
    keys = next(e for e in evaluations if e.check_name == "foreign_keys" and e.asset_key.path[-1] == "items")
    assert keys.partition == "one"
    assert keys.metadata["rows"].value == 50
    assert len(keys.metadata["expectations"].value) == 2


def test_what_the_ui_shows_after_a_run(finished: FinishedRun) -> None:
    items = metadata_of(finished, "items")
    assert str(items["preview"]).count("\n") == 11
    assert "| employee_id |" in str(items["plan"])
    assert re.match(r"!\[items.*\]\(data:image/png;base64,iVBOR", str(items["plot"]))
    plan = metadata_of(finished, "_plan")
    assert plan["request"]["rows"] == 50  # type: ignore[index]
    assert {"plan of branches", "plan of items", "row counts", "seed"} <= plan.keys()
    export = metadata_of(finished, "_export")
    assert Path(str(export["zip file"])).stat().st_size > 0


def test_the_left_out_parent_is_made_before_its_key_is_checked(finished: FinishedRun) -> None:
    order = [e.step_key for e in finished.result.all_events if e.is_step_start]
    assert order.index("shop__employees") < order.index("shop__branches__late_checks")
    assert order.index("shop__employees__checks") < order.index("shop__items")


def test_a_table_made_again_reads_the_stored_plan_and_has_the_same_version(finished: FinishedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_DATA_DIR", str(finished.data_dir))
    key = dg.AssetKey(["shop", "labels"])
    before = finished.instance.get_latest_materialization_event(key)
    result = run_job(finished.built, finished.instance, "one", asset_selection=[key])
    after = finished.instance.get_latest_materialization_event(key)
    assert result.success
    assert [e.asset_key for e in result.get_asset_materialization_events()] == [key]
    assert before
    assert after
    assert before.asset_materialization
    assert after.asset_materialization
    tag = "dagster/data_version"
    assert before.asset_materialization.tags[tag] == after.asset_materialization.tags[tag]
    assert before.asset_materialization.metadata["sha256"] == after.asset_materialization.metadata["sha256"]


def test_the_plan_again_with_the_same_request_changes_nothing(finished: FinishedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_DATA_DIR", str(finished.data_dir))
    only_plan = {"asset_selection": [finished.built.names.plan_key]}
    assert run_job(finished.built, finished.instance, "one", **only_plan).success
    assert run_job(finished.built, finished.instance, "one", {"rows": 50}, **only_plan).success


def test_another_request_for_the_same_dataset_is_refused(finished: FinishedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNTH_DATA_DIR", str(finished.data_dir))
    result = run_job(finished.built, finished.instance, "one", {"rows": 51, "seed": 7})
    told = failures(result)["plan_shop"]
    assert "REQ106" in told
    assert "shop/one: rows" in told
    assert "shop/one: seed" in told
    assert "new_dataset_shop" in told
    assert not list(result.get_asset_materialization_events())


def test_a_dataset_added_by_hand_takes_the_defaults_and_keeps_them(data_dir: Path, instance: dg.DagsterInstance) -> None:
    built = build(schema_of(table("labels", [column("x")])))
    result = run_job(built, instance, "by-hand", asset_selection=[dg.AssetKey(["shop", "labels"])])
    assert result.success, failures(result)
    request = open_store().load_request("shop", "by-hand")
    assert (request.dataset, request.rows, request.seed) == ("by-hand", 1000, 42)
    assert open_store().load_plan("shop", "by-hand").table("labels").row_count == 1000


@pytest.mark.parametrize("key", ["../escape", "a/b", "With Space"])
def test_a_partition_key_that_is_no_folder_name_is_refused(data_dir: Path, instance: dg.DagsterInstance, key: str) -> None:
    result = run_job(build(schema_of(table("labels"))), instance, key)
    assert "STO104" in failures(result)["plan_shop"]
    assert not list(data_dir.rglob("*.parquet"))


def test_a_request_that_cannot_be_met_leaves_nothing_behind(data_dir: Path, instance: dg.DagsterInstance) -> None:
    result = run_job(build(shop()), instance, "one", {"rows_by_table": {"no_such_table": 5}})
    assert "no_such_table" in failures(result)["plan_shop"]
    assert not (data_dir / "datasets" / "shop" / "one" / "request.yaml").exists()


def test_rows_that_there_is_no_room_for_fail_the_plan_or_are_lowered_and_shown(data_dir: Path, instance: dg.DagsterInstance) -> None:
    switch = column("is_on", BooleanType(), nullable=False)
    unique = UniqueConstraint(columns=("is_on",), where=switch.where)
    schema = schema_of(table("switches", [switch]).model_copy(update={"unique_constraints": (unique,)}))
    refused = run_job(build(schema), instance, "refused", {"rows": 5})
    assert "PLAN131 can hold 2 rows, and 5 are asked for" in failures(refused)["plan_shop"]
    assert not list(data_dir.rglob("*.parquet"))
    result = run_job(build(schema), instance, "fitted", {"rows": 5, "fit": True})
    assert result.success, failures(result)
    planned = next(e.materialization for e in result.get_asset_materialization_events() if e.asset_key == dg.AssetKey(["shop", "_plan"]))
    shown = planned.metadata["fewer rows than asked for"]
    assert isinstance(shown, dg.TableMetadataValue)
    (record,) = [r.data for r in shown.records]
    assert (record["table"], record["asked for"], record["rows"]) == ("switches", 5, 2)
    assert "UNIQUE (is_on)" in str(record["because"])


def test_a_failed_blocking_check_stops_what_is_built_on_the_table(
    data_dir: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = DatasetStore.read_table

    def spoiled(self: DatasetStore, schema: str, dataset: str, table_key: str, columns: object = None) -> object:
        rows = read(self, schema, dataset, table_key, columns)  # type: ignore[arg-type]
        return rows.take([0] * rows.num_rows) if table_key == "labels" and columns is None else rows

    monkeypatch.setattr(DatasetStore, "read_table", spoiled)
    result = run_job(build(shop()), instance, "one", {"rows": 20})
    assert not result.success
    made = {e.asset_key.path[-1] for e in result.get_asset_materialization_events() if e.asset_key}
    assert made == {"_plan", "branches", "employees", "labels"}
    failed = [e for e in result.get_asset_check_evaluations() if not e.passed and e.blocking]
    assert {(e.asset_key.path[-1], e.check_name) for e in failed} == {("labels", "primary_key")}
    assert failed[0].metadata["unexpected"].value == 20


def test_a_passing_storage_failure_is_tried_again(data_dir: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    write, calls = DatasetStore.write_table, []

    def fails_once(self: DatasetStore, *arguments: object, **keywords: object) -> object:
        calls.append(arguments)
        if len(calls) == 1:
            raise StorageError("busy", [Diagnostic(code="STO102", where="disk", message="busy")], retryable=True)
        return write(self, *arguments, **keywords)  # type: ignore[arg-type]

    monkeypatch.setattr(DatasetStore, "write_table", fails_once)
    monkeypatch.setattr("synth_assets.orchestration.failures.STORAGE_RETRY_SECONDS", 0.0)
    result = run_job(build(schema_of(table("labels"))), instance, "one", {"rows": 3})
    assert result.success, failures(result)
    assert len(calls) == 2


def test_a_dataset_whose_files_are_gone_is_made_again_as_it_was(data_dir: Path, instance: dg.DagsterInstance) -> None:
    built = build(schema_of(table("labels", [column("x")])))
    key = dg.AssetKey(["shop", "labels"])
    assert run_job(built, instance, "one", {"rows": 7, "seed": 3}).success
    digest = pq.read_table(open_store().table_path("shop", "one", "labels"))
    (data_dir / "datasets").rename(data_dir / "lost")
    assert run_job(built, instance, "one", asset_selection=[key]).success
    assert pq.read_table(open_store().table_path("shop", "one", "labels")).equals(digest)


def test_a_lost_dataset_of_an_earlier_ddl_is_not_made_up(data_dir: Path, instance: dg.DagsterInstance) -> None:
    assert run_job(build(schema_of(table("labels", [column("x")]))), instance, "one", {"rows": 7}).success
    (data_dir / "datasets").rename(data_dir / "lost")
    result = run_job(build(schema_of(table("labels", [column("y")]))), instance, "one")
    assert "REQ107" in failures(result)["plan_shop"]


def test_a_table_that_came_later_is_refused_in_an_earlier_dataset(data_dir: Path, instance: dg.DagsterInstance) -> None:
    assert run_job(build(schema_of(table("labels"))), instance, "one", {"rows": 3}).success
    later = build(schema_of(table("labels"), table("extras")))
    result = run_job(later, instance, "one", asset_selection=[dg.AssetKey(["shop", "extras"])])
    assert "REQ108" in failures(result)["shop__extras"]
    assert run_job(later, instance, "one", asset_selection=[dg.AssetKey(["shop", "labels"])]).success


def test_lost_files_are_made_again_with_what_the_launchpad_fills_in(data_dir: Path, instance: dg.DagsterInstance) -> None:
    built = build(schema_of(table("labels", [column("x")])))
    assert run_job(built, instance, "one", {"rows": 7, "locale": "de_DE"}).success
    (data_dir / "datasets").rename(data_dir / "lost")
    job = built.definitions.resolve_job_def(built.names.job)
    assert job.partitioned_config
    filled_in = job.partitioned_config.get_run_config_for_partition_key("one")
    result = run_job(built, instance, "one", filled_in["ops"][built.names.plan_op]["config"])
    assert result.success, failures(result)
    assert open_store().load_request("shop", "one").rows == 7


def test_the_columns_that_decide_come_first_in_a_checks_table(finished: FinishedRun) -> None:
    shown = {
        e.check_name: [c.name for c in e.metadata["expectations"].schema.columns]  # type: ignore[union-attr]
        for e in finished.result.get_asset_check_evaluations()
        if e.asset_key.path[-1] == "items"
    }
    assert shown["row_count"] == ["subject", "passed", "unexpected", "expectation"]
    assert shown["primary_key"] == ["subject", "passed", "unexpected", "judged", "expectation"]


def test_distributions_show_statistic_and_threshold_before_the_rest(data_dir: Path, instance: dg.DagsterInstance) -> None:
    result = run_job(build(schema_of(table("sales", [column("quantity", nullable=False)]))), instance, "one", {"rows": 200})
    (judged,) = [e for e in result.get_asset_check_evaluations() if e.check_name == "distributions"]
    columns = [c.name for c in judged.metadata["expectations"].schema.columns]  # type: ignore[union-attr]
    assert columns[:5] == ["subject", "passed", "statistic", "threshold", "unexpected"]
    assert "failing values" not in columns


def test_names_that_dagster_and_file_systems_do_not_take_are_made_and_checked(data_dir: Path, instance: dg.DagsterInstance) -> None:
    hostile = ("..", '../quo"te\n', "x" * 200)
    built = build(schema_of(*(table(name, [column(f"{name}|`%s", TextType())]) for name in hostile)))
    result = run_job(built, instance, "one", {"rows": 3, "rows_by_table": {"..": 2}})
    assert result.success, failures(result)
    assert all(e.passed for e in result.get_asset_check_evaluations())
    assert {open_store().table_path("shop", "one", name).parent for name in hostile} == {data_dir / "datasets" / "shop" / "one" / "tables"}
    assert pq.read_metadata(open_store().table_path("shop", "one", "..")).num_rows == 2
