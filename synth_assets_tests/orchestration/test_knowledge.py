"""Documents beside a schema in Dagster: an asset where there is a folder, a run when it changes, the plan behind it."""

from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from synth_assets.errors import Diagnostic
from synth_assets.orchestration.datasets import open_store
from synth_assets.orchestration.knowledge_asset import documents_read
from synth_assets.orchestration.location import admit_uploads, build_location, build_schemas
from synth_assets.orchestration.schema_definitions import SchemaDefinitions
from synth_assets.orchestration.uploads import UploadsState, fingerprint_uploads, read_uploads
from synth_assets.pipeline.knowledge import kept_index
from synth_assets.settings import Settings
from synth_assets_tests.gemini.server import GeminiEmulator
from synth_assets_tests.llm.knowledge.files import pdf, png, word
from synth_assets_tests.orchestration.conftest import run_job

BOOKS = "CREATE TABLE books (id INT PRIMARY KEY, title VARCHAR(40) NOT NULL);"
KEY = dg.AssetKey(["shop", "_knowledge"])
PLAN = dg.AssetKey(["shop", "_plan"])


@pytest.fixture
def folder(data_dir: Path) -> Path:
    """The documents of a schema of one table."""
    uploads = data_dir / "uploads"
    (uploads / "shop.sql").write_text(BOOKS)
    (uploads / "shop.knowledge").mkdir()
    (uploads / "shop.knowledge" / "books.md").write_text("# Books\nTitles of our books are **short**.\n")
    return uploads / "shop.knowledge"


@pytest.fixture
def load(settings: Settings) -> Callable[[], SchemaDefinitions]:
    def loaded() -> SchemaDefinitions:
        state = admit_uploads(read_uploads(settings.uploads_dir, UploadsState()), settings)
        assert all(u.tables for u in state.uploads), state
        return build_schemas(state, settings)[0]

    return loaded


Load = Callable[[], SchemaDefinitions]


def materialize(built: SchemaDefinitions, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    return built.definitions.resolve_job_def(built.names.knowledge_job).execute_in_process(instance=instance, raise_on_error=False)


def metadata(result: dg.ExecuteInProcessResult) -> dict[str, object]:
    (event,) = result.asset_materializations_for_node("read_knowledge_shop")
    return {name: value.value for name, value in event.metadata.items()}


def test_the_asset_is_there_where_the_folder_is(data_dir: Path, load: Load) -> None:
    (data_dir / "uploads" / "shop.sql").write_text(BOOKS)
    without = load()
    assert KEY not in {s.key for s in without.definitions.resolve_all_asset_specs()}
    assert without.knowledge_job is None
    (data_dir / "uploads" / "shop.knowledge").mkdir()
    built = load()
    specs = {s.key: s for s in built.definitions.resolve_all_asset_specs()}
    assert specs[KEY].partitions_def is None
    assert KEY in {d.asset_key for d in specs[PLAN].deps}


def test_materialising_tells_what_was_read_and_what_was_not(folder: Path, load: Load, instance: dg.DagsterInstance) -> None:
    (folder / "rules.docx").write_bytes(word([(1, "Authors"), "An author has written many books."]))
    (folder / "broken.pdf").write_bytes(pdf(["text"])[:40])
    (folder / "shelf.png").write_bytes(png())
    result = materialize(load(), instance)
    assert result.success
    told = metadata(result)
    assert (told["files"], told["files read"], told["passages"], told["searched by"]) == (4, 2, 2, "words")
    assert "gemini calls" not in told
    unread = {str(r.data["where"]): str(r.data["code"]) for r in told["not read"].records}  # type: ignore[attr-defined]
    assert unread == {"broken.pdf": "LLM153", "shelf.png": "LLM158"}
    assert "    books.md, Books, line 2\n    Titles of our books are **short**." in str(told["examples"])
    (check,) = result.get_asset_check_evaluations()
    assert (check.check_name, check.passed, check.severity) == ("everything_read", False, dg.AssetCheckSeverity.WARN)
    (folder / "broken.pdf").unlink()
    (folder / "shelf.png").unlink()
    (check,) = materialize(load(), instance).get_asset_check_evaluations()
    assert check.passed


def test_gemini_reads_images_and_makes_vectors_once(
    folder: Path, load: Load, instance: dg.DagsterInstance, gemini_environment: GeminiEmulator
) -> None:
    gemini_environment.on("shelf.png", {"pages": [{"page": 1, "text": "Shelf A: novels"}]})
    (folder / "shelf.png").write_bytes(png())
    told = metadata(materialize(load(), instance))
    assert (told["files read"], told["passages"], told["searched by"]) == (2, 2, "words and meaning")
    sent = len(gemini_environment.requests)
    assert told["gemini calls"] == sent == 2
    again = metadata(materialize(load(), instance))
    assert again["passages"] == 2
    assert len(gemini_environment.requests) == sent


def test_a_request_that_says_off_asks_nobody(
    folder: Path, load: Load, instance: dg.DagsterInstance, gemini_environment: GeminiEmulator
) -> None:
    (folder / "shelf.png").write_bytes(png())
    (folder.parent / "shop.yaml").write_text("ai: off\n")
    assert metadata(materialize(load(), instance))["files read"] == 1
    assert not gemini_environment.requests


def test_a_dataset_s_run_reads_the_documents_before_it_plans(folder: Path, load: Load, instance: dg.DagsterInstance) -> None:
    built = load()
    result = run_job(built, instance, "one", {"rows": 5})
    assert result.success
    steps = [e.step_key for e in result.events_for_node("read_knowledge_shop")]
    assert steps
    order = [e.asset_key for e in result.get_asset_materialization_events() if e.asset_key in {KEY, PLAN}]
    assert order == [KEY, PLAN]
    assert documents_read(instance, built.names) == read_uploads(folder.parent, UploadsState()).uploads[0].knowledge
    assert kept_index(open_store(), "shop").is_file()
    assert open_store().list_datasets("shop") == ("one",)


def test_the_plan_names_the_passages_it_was_shown(
    folder: Path, load: Load, instance: dg.DagsterInstance, gemini_environment: GeminiEmulator
) -> None:
    result = run_job(load(), instance, "one", {"rows": 5}, asset_selection=[KEY, PLAN])
    assert result.success
    (event,) = result.asset_materializations_for_node("plan_shop")
    records = event.metadata["documents used"].value.records  # type: ignore[union-attr]
    assert [dict(r.data) for r in records] == [{"table": "books", "passage": "books.md, Books, line 2: Titles of our books are **short**."}]
    sent = len(gemini_environment.requests)
    assert run_job(load(), instance, "one", asset_selection=[KEY, PLAN]).success
    assert len(gemini_environment.requests) == sent  # A dataset that is planned stays as it is.


def test_documents_change_the_next_dataset_and_not_the_last(
    folder: Path, load: Load, instance: dg.DagsterInstance, gemini_environment: GeminiEmulator
) -> None:
    assert run_job(load(), instance, "one", {"rows": 5}, asset_selection=[KEY, PLAN]).success
    first = open_store().load_plan("shop", "one")
    (folder / "books.md").write_text("# Books\nTitles of books begin with a number.\n")
    built = load()
    assert run_job(built, instance, "one", asset_selection=[KEY, PLAN]).success
    assert open_store().load_plan("shop", "one") == first
    gemini_environment.reset()
    assert run_job(built, instance, "two", {"rows": 5}, asset_selection=[KEY, PLAN]).success
    (asked,) = gemini_environment.calls("generateContent")
    assert "begin with a number" in asked.prompt
    assert "**short**" not in asked.prompt


def test_an_index_that_is_damaged_is_made_anew(folder: Path, load: Load, instance: dg.DagsterInstance) -> None:
    kept = kept_index(open_store(), "shop")
    kept.parent.mkdir(parents=True)
    kept.write_text('{"files": "no"')
    assert metadata(materialize(load(), instance))["passages"] == 1
    assert "short" in kept.read_text()


def test_a_folder_that_is_gone_fails_and_says_so(folder: Path, load: Load, instance: dg.DagsterInstance) -> None:
    built = load()
    (folder / "books.md").unlink()
    folder.rmdir()
    result = materialize(built, instance)
    assert not result.success
    assert "is no longer there" in str(result.all_node_events[-1].event_specific_data)


@pytest.mark.parametrize("change", ["new", "edited", "removed", "request"])
def test_any_change_of_a_document_changes_the_fingerprint(folder: Path, change: str) -> None:
    before = fingerprint_uploads(folder.parent)
    document = folder / "books.md"
    match change:
        case "new":
            (folder / "more.txt").write_text("more")
        case "edited":
            document.write_text("other")
        case "removed":
            document.unlink()
        case _:
            (folder.parent / "shop.yaml").write_text("rows: 5")
    assert fingerprint_uploads(folder.parent) != before
    assert fingerprint_uploads(folder.parent) == fingerprint_uploads(folder.parent)


def test_a_document_that_is_still_being_written_waits(folder: Path) -> None:
    assert fingerprint_uploads(folder.parent, settle_seconds=60) is None


def test_a_folder_that_is_a_link_is_no_folder(data_dir: Path, tmp_path: Path, load: Load) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("the secret")
    uploads = data_dir / "uploads"
    (uploads / "shop.sql").write_text(BOOKS)
    (uploads / "shop.knowledge").symlink_to(outside, target_is_directory=True)
    assert load().knowledge_job is None


class TestSensor:
    """The sensor's second phase, with runs recorded as the daemon would."""

    @pytest.fixture
    def tick(self, settings: Settings, instance: dg.DagsterInstance) -> Callable[[], dg.SensorResult]:
        def evaluate() -> dg.SensorResult:
            location = build_location(admit_uploads(read_uploads(settings.uploads_dir, UploadsState()), settings), settings)
            context = dg.build_sensor_context(instance=instance, definitions=location, sensor_name="uploads")
            result = location.get_sensor_def("uploads")(context)
            assert isinstance(result, dg.SensorResult)
            return result

        return evaluate

    def test_a_change_starts_one_run(
        self, folder: Path, load: Load, tick: Callable[[], dg.SensorResult], instance: dg.DagsterInstance
    ) -> None:
        first = tick()
        assert [r.job_name for r in first.run_requests or ()] == ["generate_shop"]  # It reads the documents itself.
        (request,) = first.run_requests or ()
        assert run_job(load(), instance, str(request.partition_key)).success
        assert not tick().run_requests
        (folder / "more.txt").write_text("Books are cheap.")
        (request,) = tick().run_requests or ()
        assert (request.job_name, request.partition_key) == ("knowledge_shop", None)
        (again,) = tick().run_requests or ()
        assert again.run_key == request.run_key  # Dagster starts one run a key.
        assert materialize(load(), instance).success
        assert not tick().run_requests

    def test_no_run_is_started_beside_one_of_the_schema(
        self, folder: Path, load: Load, tick: Callable[[], dg.SensorResult], instance: dg.DagsterInstance
    ) -> None:
        (request,) = tick().run_requests or ()
        tags = {"dagster/partition": str(request.partition_key), "synth/schema": "shop"}
        instance.create_run_for_job(dg.job(name="generate_shop")(lambda: None), tags=tags)
        assert not tick().run_requests

    def test_a_folder_without_a_schema_is_told(self, folder: Path, tick: Callable[[], dg.SensorResult], settings: Settings) -> None:
        (folder.parent / "Shop.knowledge").mkdir()
        (stray,) = read_uploads(settings.uploads_dir, UploadsState()).strays
        assert isinstance(stray, Diagnostic)
        assert (stray.code, stray.where) == ("UPL106", "Shop.knowledge")
