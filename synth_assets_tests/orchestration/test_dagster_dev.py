"""`dagster dev` with real processes: a file is dropped and a dataset is there; whatever dies, it is there in the end."""

import os
import signal
from collections.abc import Iterator

import pytest

from synth_assets_tests.orchestration.processes import (
    LONG_TABLES,
    SMALL,
    TERMINATE,
    Processes,
    dagster_dev,
    leftovers,
    rows_of,
    start_long_run,
    whole,
)

pytestmark = pytest.mark.processes

HEALTH = """{ assetChecksOrError: assetNodeOrError(assetKey: {path: ["uploads", "bad_sql"]}) { ... on AssetNode { description
  assetChecksOrError { ... on AssetChecks { checks { name executionForLatestMaterialization { status } } } } } } }"""


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    with dagster_dev(tmp_path_factory.mktemp("dev")) as processes:
        yield processes


def test_a_file_becomes_a_dataset_in_dagster_dev(dev: Processes) -> None:
    dev.upload("shop", SMALL, "rows: 30\n")
    run = dev.wait_for_run("generate_shop", "SUCCESS")
    assert run["tags"]["dagster/partition"] == "shop-1"
    assert rows_of(dev, "shop", "shop-1") == {"authors": 30, "books": 30}


def test_a_bad_file_is_seen_in_the_ui_and_spares_the_others(dev: Processes) -> None:
    dev.upload("bad", "CREATE TABLE broken (id INT,")
    dev.upload("spared", SMALL, "rows: 5\n")
    dev.wait_for_run("generate_spared", "SUCCESS")

    def verdict() -> object:
        checks = dev.ask(HEALTH)["assetChecksOrError"]["assetChecksOrError"]["checks"]
        return checks[0]["executionForLatestMaterialization"]

    assert dev.wait("the verdict on the file", verdict) == {"status": "FAILED"}
    assert "bad.sql:1" in dev.ask(HEALTH)["assetChecksOrError"]["description"]


def test_documents_are_read_with_the_first_dataset_and_again_when_they_change(dev: Processes) -> None:
    folder = dev.folder / "data" / "uploads" / "library.knowledge"
    folder.mkdir(parents=True)
    (folder / "books.md").write_text("# Books\nTitles are short.\n")
    dev.upload("library", SMALL, "rows: 5\n")
    run = dev.wait_for_run("generate_library", "SUCCESS")
    assert dev.made(run["runId"])[:2] == ["_knowledge", "_plan"]
    assert not dev.runs("knowledge_library")
    (folder / "more.txt").write_text("Books are cheap.")
    again = dev.wait_for_run("knowledge_library", "SUCCESS")
    assert dev.made(again["runId"]) == ["_knowledge"]
    assert len(dev.runs("generate_library")) == 1


def test_labelled_text_is_made_once_for_each_content_of_its_file(dev: Processes) -> None:
    file = dev.folder / "data" / "uploads" / "mail.yaml"
    keys = "{name: keys, description: lost keys, count: 10}"
    text = f"kind: labelled_text\ncategories: [{{name: hours, description: opening hours, count: %d}}, {keys}]\n"
    file.write_text(text % 10)
    first = dev.wait_for_run("label_mail", "SUCCESS")
    assert sorted(dev.made(first["runId"])) == ["messages", "test", "train", "validation"]
    file.write_text(text % 12)
    second = dev.wait_for_run("label_mail", "SUCCESS", number=1)
    assert second["tags"]["synth/fingerprint"] != first["tags"]["synth/fingerprint"]
    assert len(dev.runs("label_mail")) == 2


def test_a_canceled_run_ends_as_canceled_with_nothing_half_written(dev: Processes) -> None:
    run_id = start_long_run(dev, "canceled")
    assert dev.ask(TERMINATE, run=run_id)["terminateRun"]["__typename"] == "TerminateRunSuccess"
    dev.wait_for_run("generate_canceled", "CANCELED")
    assert len(dev.made(run_id)) < LONG_TABLES + 2
    assert not leftovers(dev, "canceled")
    assert len(dev.runs("generate_canceled")) == 1


def test_a_run_whose_worker_is_killed_is_finished_by_a_retry(dev: Processes) -> None:
    run_id = start_long_run(dev, "killed")
    os.kill(dev.worker(run_id), signal.SIGKILL)
    dev.wait_for_run("generate_killed", "FAILURE")
    retry = dev.wait_for_run("generate_killed", "SUCCESS", number=1)
    assert retry["rootRunId"] == run_id
    assert whole(dev, "killed")
    assert "_plan" not in dev.made(retry["runId"])
