"""The sensor: two phases, datasets by content, nothing asked for twice, one bad schema never in the way of the others."""

from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from synth_assets.errors import ExternalServiceError
from synth_assets.orchestration import jobs, upload_sensor
from synth_assets.orchestration.datasets import open_store
from synth_assets.orchestration.location import STATE_KEY, admit_uploads, build_location
from synth_assets.orchestration.uploads import UploadsState, read_uploads
from synth_assets.settings import Settings

BOOKS = "CREATE TABLE books (id INT PRIMARY KEY, title VARCHAR(40) NOT NULL);"
Tick = Callable[..., dg.SensorResult]


@pytest.fixture
def uploads(data_dir: Path) -> Path:
    return data_dir / "uploads"


@pytest.fixture
def tick(settings: Settings, instance: dg.DagsterInstance) -> Tick:
    """Load the folder as a reload would, and evaluate the sensor of what was loaded."""
    cursors: list[str | None] = [None]

    def evaluate(*, reload: bool = True, state: UploadsState | None = None) -> dg.SensorResult:
        if reload and state is None:
            state = admit_uploads(read_uploads(settings.uploads_dir, UploadsState()), settings)
        location = build_location(state or UploadsState(), settings)
        context = dg.build_sensor_context(instance=instance, cursor=cursors[-1], definitions=location, sensor_name="uploads")
        result = location.get_sensor_def("uploads")(context)
        if isinstance(result, dg.SensorResult):
            cursors.append(result.cursor)
            for request in result.dynamic_partitions_requests or ():
                instance.add_dynamic_partitions(request.partitions_def_name, list(request.partition_keys))
        return result

    return evaluate


def load(settings: Settings) -> dg.Definitions:
    return build_location(admit_uploads(read_uploads(settings.uploads_dir, UploadsState()), settings), settings)


def requested(result: dg.SensorResult) -> list[tuple[str | None, str | None]]:
    return [(r.job_name, r.partition_key) for r in result.run_requests or ()]


def start(instance: dg.DagsterInstance, prefix: str, dataset: str) -> None:
    """Record a run, as the daemon does once it has one to launch."""
    instance.create_run_for_job(
        dg.job(name=f"generate_{prefix}")(lambda: None), tags={"dagster/partition": dataset, "synth/schema": prefix}
    )


def test_a_changed_folder_is_reloaded_and_nothing_else(uploads: Path, tick: Tick, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(upload_sensor, "refresh_and_reload", lambda context, key: asked.append(key) or "reloaded")
    (uploads / "shop.sql").write_text(BOOKS)
    result = tick(reload=False)
    assert isinstance(result, dg.SkipReason)
    assert "reloaded" in (result.skip_message or "")
    assert asked == [STATE_KEY]
    assert not open_store().list_datasets("shop")


def test_a_server_that_cannot_reload_fails_the_tick(uploads: Path, tick: Tick) -> None:
    """Without a code server behind it the sensor asks the web server, and here none listens."""
    (uploads / "shop.sql").write_text(BOOKS)
    with pytest.raises(ExternalServiceError, match="no answer from the web server"):
        tick(reload=False)


def test_a_file_becomes_partition_and_run(uploads: Path, tick: Tick, instance: dg.DagsterInstance) -> None:
    (uploads / "shop.sql").write_text(BOOKS)
    result = tick()
    assert requested(result) == [("generate_shop", "shop-1")]
    assert instance.get_dynamic_partitions("datasets_shop") == ["shop-1"]
    assert open_store().load_request("shop", "shop-1").rows == 1000
    assert result.run_requests
    assert result.run_requests[0].tags["synth/dataset"] == "shop-1"


def test_a_run_is_asked_for_until_there_is_one(uploads: Path, tick: Tick, instance: dg.DagsterInstance) -> None:
    """A partition may be there while the daemon did not yet know the job: only a run counts."""
    (uploads / "shop.sql").write_text(BOOKS)
    tick()
    assert requested(tick()) == [("generate_shop", "shop-1")]
    start(instance, "shop", "shop-1")
    assert requested(tick()) == []


def test_the_name_in_the_request_is_the_datasets(uploads: Path, tick: Tick) -> None:
    (uploads / "shop.sql").write_text(BOOKS)
    (uploads / "shop.yaml").write_text("dataset: Spring fair!\nrows: 5\n")
    assert requested(tick()) == [("generate_shop", "spring-fair")]


@pytest.mark.parametrize(
    ("file", "text"),
    [("shop.sql", BOOKS.replace("40", "41")), ("shop.yaml", "rows: 7\n")],
    ids=["ddl", "request"],
)
def test_a_change_makes_another_dataset_and_leaves_the_old(
    uploads: Path, tick: Tick, instance: dg.DagsterInstance, file: str, text: str
) -> None:
    (uploads / "shop.sql").write_text(BOOKS)
    tick()
    start(instance, "shop", "shop-1")
    (uploads / file).write_text(text)
    assert requested(tick()) == [("generate_shop", "shop-2")]
    assert open_store().list_datasets("shop") == ("shop-1", "shop-2")
    assert open_store().load_schema("shop", "shop-1").table("books").column("title").type.max_length == 40  # type: ignore[union-attr]


def test_the_old_content_again_is_the_old_dataset(uploads: Path, tick: Tick, instance: dg.DagsterInstance) -> None:
    for text in (BOOKS, BOOKS.replace("40", "41"), BOOKS):
        (uploads / "shop.sql").write_text(text)
        for _, key in requested(tick()):
            start(instance, "shop", str(key))
    assert open_store().list_datasets("shop") == ("shop-1", "shop-2")


def test_a_comment_in_the_file_makes_no_new_dataset(uploads: Path, tick: Tick, instance: dg.DagsterInstance) -> None:
    (uploads / "shop.sql").write_text(BOOKS)
    tick()
    start(instance, "shop", "shop-1")
    (uploads / "shop.sql").write_text("\n\n" + BOOKS)
    assert requested(tick()) == []
    assert open_store().list_datasets("shop") == ("shop-1",)


def test_the_key_of_a_deleted_dataset_is_not_used_again(uploads: Path, tick: Tick, instance: dg.DagsterInstance) -> None:
    key = dg.AssetKey(["shop", "_plan"])
    instance.report_runless_asset_event(dg.AssetMaterialization(key, partition="shop-1"))
    (uploads / "shop.sql").write_text(BOOKS)
    assert requested(tick()) == [("generate_shop", "shop-2")]


def test_a_dataset_whose_files_are_gone_is_asked_for_under_its_own_key(
    uploads: Path, tick: Tick, settings: Settings, instance: dg.DagsterInstance
) -> None:
    (uploads / "shop.sql").write_text(BOOKS)
    tick()
    job = load(settings).resolve_job_def("generate_shop")
    assert job.execute_in_process(partition_key="shop-1", instance=instance, tags={"synth/schema": "shop"}).success
    (settings.datasets_dir).rename(settings.data_dir / "lost")
    assert requested(tick()) == []
    assert open_store().list_datasets("shop") == ("shop-1",)


def test_two_schemas_may_have_datasets_of_one_name(uploads: Path, tick: Tick, instance: dg.DagsterInstance) -> None:
    for name in ("one", "two"):
        (uploads / f"{name}.sql").write_text(BOOKS)
        (uploads / f"{name}.yaml").write_text("dataset: demo\n")
    assert requested(tick()) == [("generate_one", "demo"), ("generate_two", "demo")]
    start(instance, "one", "demo")
    assert requested(tick()) == [("generate_two", "demo")]


def test_a_wrong_request_starts_nothing(uploads: Path, tick: Tick) -> None:
    (uploads / "shop.sql").write_text(BOOKS)
    (uploads / "shop.yaml").write_text("rows: many\n")
    result = tick()
    assert requested(result) == []
    assert "REQ105" in str(result.skip_reason)
    assert not open_store().list_datasets("shop")


def test_bad_files_are_named_in_the_tick_and_told_once(uploads: Path, tick: Tick) -> None:
    (uploads / "bad.sql").write_text("CREATE TABLE x (")
    first, second = tick(), tick()
    assert "bad.sql:1" in str(first.skip_reason)
    verdicts = [e for e in first.asset_events if isinstance(e, dg.AssetCheckEvaluation)]
    assert [(v.asset_key.path[-1], v.passed) for v in verdicts] == [("bad_sql", False)]
    assert "bad.sql:1" in (verdicts[0].description or "")
    assert not second.asset_events


def test_a_damaged_dataset_does_not_keep_other_schemas_waiting(uploads: Path, tick: Tick) -> None:
    (uploads / "a.sql").write_text(BOOKS)
    tick()
    open_store().dataset_directory("a", "a-1").joinpath("schema.json").write_text("{")
    (uploads / "b.sql").write_text(BOOKS)
    assert requested(tick()) == [("generate_b", "b-1")]


def test_a_new_dataset_is_asked_for_by_a_job(uploads: Path, tick: Tick, settings: Settings, instance: dg.DagsterInstance) -> None:
    (uploads / "shop.sql").write_text(BOOKS)
    tick()
    start(instance, "shop", "shop-1")
    location = load(settings)
    job = location.resolve_job_def("new_dataset_shop")
    for config in ({"rows": 9}, {"rows": 9, "dataset": "Nine"}):
        assert job.execute_in_process(run_config={"ops": {"request_dataset_shop": {"config": config}}}, instance=instance).success
    assert requested(tick()) == [("generate_shop", "nine"), ("generate_shop", "shop-2")]
    assert open_store().load_request("shop", "nine").rows == 9


def test_the_job_refuses_what_cannot_be_met(uploads: Path, tick: Tick, settings: Settings, instance: dg.DagsterInstance) -> None:
    (uploads / "shop.sql").write_text(BOOKS)
    location = load(settings)
    config = {"ops": {"request_dataset_shop": {"config": {"rows_by_table": {"bookz": 5}}}}}
    result = location.resolve_job_def("new_dataset_shop").execute_in_process(run_config=config, instance=instance, raise_on_error=False)
    assert not result.success
    assert not open_store().list_datasets("shop")


def test_the_launchpad_is_filled_in_with_the_stored_request(uploads: Path, tick: Tick, settings: Settings) -> None:
    (uploads / "shop.sql").write_text(BOOKS)
    (uploads / "shop.yaml").write_text("rows: 7\nseed: 8\nprompt: old books\ngemini: {budget: {calls: 5}}\n")
    tick()
    location = load(settings)
    job = location.resolve_job_def("generate_shop")
    assert job.partitioned_config is not None
    config = job.partitioned_config.get_run_config_for_partition_key("shop-1")
    said = {"rows": 7, "rows_by_table": {}, "fit": False, "seed": 8, "locale": "en_US", "prompt": "old books"}
    assert config == {"ops": {"plan_shop": {"config": {**said, "ai": "auto", "gemini": {"budget": {"calls": 5}}}}}}
    assert dg.validate_run_config(job, config)  # Dagster takes no null inside a map.


def test_a_partition_key_of_any_text_can_be_chosen_in_the_launchpad(uploads: Path, settings: Settings) -> None:
    """Nothing is filled in: defaults would contradict what Dagster remembers of a dataset whose files are gone."""
    (uploads / "shop.sql").write_text(BOOKS)
    partitioned = load(settings).resolve_job_def("generate_shop").partitioned_config
    assert partitioned is not None
    for key in ("by-hand", "With Space", "../escape"):
        assert partitioned.get_run_config_for_partition_key(key) == {"ops": {"plan_shop": {"config": {}}}}


def test_a_long_name_is_cut_to_one_that_can_be_stored(uploads: Path, tick: Tick) -> None:
    (uploads / "shop.sql").write_text(BOOKS)
    (uploads / "shop.yaml").write_text(f"dataset: {'a' * 79}.b\n")
    assert requested(tick()) == [("generate_shop", "a" * 79)]


def test_a_table_made_by_hand_does_not_start_the_whole_dataset(
    uploads: Path, tick: Tick, settings: Settings, instance: dg.DagsterInstance
) -> None:
    (uploads / "shop.sql").write_text(BOOKS)
    tick()
    start(instance, "shop", "shop-1")
    instance.add_dynamic_partitions("datasets_shop", ["by-hand"])
    everything = load(settings).resolve_implicit_global_asset_job_def()
    selection = [dg.AssetKey(["shop", "books"])]
    assert everything.execute_in_process(partition_key="by-hand", instance=instance, asset_selection=selection).success
    assert open_store().has_request("shop", "by-hand")
    assert requested(tick()) == []


def test_a_run_of_another_schemas_dataset_of_that_name_does_not_count(uploads: Path, tick: Tick, instance: dg.DagsterInstance) -> None:
    (uploads / "shop.sql").write_text(BOOKS)
    other = dg.AssetKey(["other", "books"])
    instance.create_run_for_job(
        dg.Definitions(assets=[dg.asset(key=other)(lambda: None)]).resolve_implicit_global_asset_job_def(),
        tags={"dagster/partition": "shop-1"},
        asset_selection=frozenset({other}),
    )
    assert requested(tick()) == [("generate_shop", "shop-1")]


def test_a_dataset_without_its_schema_does_not_keep_other_schemas_waiting(uploads: Path, tick: Tick) -> None:
    (uploads / "a.sql").write_text(BOOKS)
    tick()
    open_store().dataset_directory("a", "a-1").joinpath("schema.json").unlink()
    (uploads / "b.sql").write_text(BOOKS)
    assert requested(tick()) == [("generate_b", "b-1")]


def test_another_mistake_in_the_request_is_told_anew(uploads: Path, tick: Tick) -> None:
    (uploads / "shop.sql").write_text(BOOKS)
    told = []
    for text in ("rows: many\n", "rowz: 5\n"):
        (uploads / "shop.yaml").write_text(text)
        told += [e.description or "" for e in tick().asset_events if isinstance(e, dg.AssetCheckEvaluation)]
    assert ["REQ105" in told[0], "REQ104" in told[1]] == [True, True]


def test_the_job_refuses_a_name_that_is_too_long_in_our_words(uploads: Path, settings: Settings, instance: dg.DagsterInstance) -> None:
    (uploads / "shop.sql").write_text(BOOKS)
    config = {"ops": {"request_dataset_shop": {"config": {"dataset": "a" * 300}}}}
    job = load(settings).resolve_job_def("new_dataset_shop")
    (failure,) = job.execute_in_process(run_config=config, instance=instance, raise_on_error=False).get_step_failure_events()
    assert "REQ105" in str(failure.step_failure_data.user_failure_data)


def test_two_requests_at_once_never_share_a_key(
    uploads: Path, tick: Tick, settings: Settings, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job that lost the race for a key is tried again, and takes the next."""
    (uploads / "shop.sql").write_text(BOOKS)
    tick()
    real, answers = jobs.free_key, ["shop-1"]
    monkeypatch.setattr(jobs, "free_key", lambda *arguments: answers.pop() if answers else real(*arguments))
    monkeypatch.setattr("synth_assets.orchestration.failures.STORAGE_RETRY_SECONDS", 0.0)
    config = {"ops": {"request_dataset_shop": {"config": {"rows": 9}}}}
    assert load(settings).resolve_job_def("new_dataset_shop").execute_in_process(run_config=config, instance=instance).success
    assert [open_store().load_request("shop", key).rows for key in ("shop-1", "shop-2")] == [1000, 9]
