"""The store: what is kept is read back, what is half there is said, another content never touches the former."""

import json
from pathlib import Path

import pytest

from synth_assets.errors import StorageError
from synth_assets.pipeline.labelled_store import LabelledStore
from synth_assets.pipeline.labelled_text import make_labelled_text
from synth_assets_tests.labelled_text.samples import small


def test_what_is_kept_is_read_back(tmp_path: Path) -> None:
    made = make_labelled_text(small())
    store = LabelledStore(tmp_path, small())
    store.save_messages(made)
    for split in made.request.splits:
        store.save_split(split)
        assert store.rows(split) == [(m.message, m.category) for m in made.rows_of(split)]
    assert store.rows("messages") == [(m.message, m.category) for m in made.messages]
    assert store.report() == made.report
    assert [f.path.name for f in store.export("test")] == ["test.csv", "test.jsonl"]


def test_made_again_every_file_has_the_same_bytes(tmp_path: Path) -> None:
    stores = [LabelledStore(tmp_path / name, small()) for name in ("one", "two")]
    for store in stores:
        store.save_messages(make_labelled_text(small()))
        store.save_split("train")
    one, two = ({p.relative_to(s.folder): p.read_bytes() for p in s.folder.rglob("*") if p.is_file()} for s in stores)
    assert one == two


def test_another_content_has_a_folder_of_its_own(tmp_path: Path) -> None:
    first, second = LabelledStore(tmp_path, small()), LabelledStore(tmp_path, small(seed=9))
    assert first.folder.parent == second.folder.parent == tmp_path / "labelled" / "small"
    assert first.folder != second.folder


def test_a_split_before_its_messages_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="STO103") as caught:
        LabelledStore(tmp_path, small()).save_split("test")
    assert "small/messages first" in caught.value.diagnostics[0].hint


@pytest.mark.parametrize("text", ['{"messages": "other", "rows": {}}', "not json", "[]"])
def test_splits_of_other_messages_are_refused(tmp_path: Path, text: str) -> None:
    store = LabelledStore(tmp_path, small())
    store.save_messages(make_labelled_text(small()))
    (store.folder / "splits.json").write_text(text)
    with pytest.raises(StorageError, match="STO106"):
        store.save_split("test")


def test_a_damaged_report_is_said(tmp_path: Path) -> None:
    store = LabelledStore(tmp_path, small())
    store.save_messages(make_labelled_text(small()))
    (store.folder / "report.json").write_text(json.dumps({"name": 5}))
    with pytest.raises(StorageError, match="STO106"):
        store.report()
