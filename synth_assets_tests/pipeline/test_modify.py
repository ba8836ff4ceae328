"""Changing a dataset that is there: only what a change reaches gets other bytes, and the way back gives the old ones."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from synth_assets.ddl import read_ddl
from synth_assets.errors import PlanError, RequestError, StorageError
from synth_assets.formats import FOLDER_FORMATS
from synth_assets.pipeline.check import check_directory
from synth_assets.pipeline.create import create_table, provenance_of
from synth_assets.pipeline.export import export_dataset
from synth_assets.pipeline.generate import generate_directory
from synth_assets.pipeline.modify import ChangedDataset, history_of, make_change, open_changeable, propose_return, return_to
from synth_assets.pipeline.verify import verify_directory
from synth_assets.pipeline.versions import preview_change, propose_change, record_change, record_of, restore_versions, unmet_wishes
from synth_assets.plan import load_plan, make_plan
from synth_assets.plan.patch import PlanPatch
from synth_assets.plan.request import BudgetRequest, DatasetRequest
from synth_assets.storage import DatasetStore, StoredTable
from synth_assets.storage.versions import PlanVersion, VersionLog
from synth_assets_tests.pipeline import samples
from synth_assets_tests.pipeline.library import DDL, HALF_STUDENTS, NEVER_TRUE, ROWS, generated, library, patch_of, planned

MARKETPLACE = Path(__file__).parents[1] / "acceptance/hard_case/marketplace.sql"
FEWER_PAGES = patch_of("tables: {books: {columns: {pages: {strategy: {kind: number, low: 20, high: 90}}}}}")
MORE_BOOKS = patch_of("tables: {books: {rows: 150}}")


def change(folder: Path, patch: PlanPatch) -> ChangedDataset:
    dataset = open_changeable(str(folder), folder.parent)
    return make_change(dataset, propose_change(dataset.schema, dataset.plan, patch))


def revert(folder: Path, number: int | None = None) -> ChangedDataset:
    dataset = open_changeable(str(folder), folder.parent)
    return return_to(dataset, *propose_return(dataset, number))


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a dataset but its history."""
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}


def column_chunks(path: Path) -> dict[str, list[bytes]]:
    """The bytes of every column chunk of a Parquet file, as they lie there."""
    data, metadata = path.read_bytes(), pq.read_metadata(path)
    chunks: dict[str, list[bytes]] = {}
    for group in range(metadata.num_row_groups):
        for at in range(metadata.num_columns):
            column = metadata.row_group(group).column(at)
            start = column.dictionary_page_offset or column.data_page_offset
            chunks.setdefault(column.path_in_schema, []).append(data[start : start + column.total_compressed_size])
    return chunks


def test_only_the_touched_column_of_the_touched_table_gets_other_bytes(tmp_path: Path) -> None:
    folder = generated(tmp_path / "o")
    before, chunks = contents(folder), column_chunks(folder / "members.parquet")
    made = change(folder, HALF_STUDENTS)
    assert made.written == ("members",)
    after = contents(folder)
    assert {name for name in before if before[name] != after[name]} == {"members.parquet", "plan.yaml", "manifest.json"}
    assert before.keys() == after.keys()
    changed = column_chunks(folder / "members.parquet")
    assert {name for name in chunks if chunks[name] != changed[name]} == {"kind"}
    kinds = pq.read_table(folder / "members.parquet").column("kind").to_pylist()
    assert 0.4 < kinds.count("student") / ROWS < 0.6


@pytest.mark.parametrize("format_name", FOLDER_FORMATS)
def test_a_changed_folder_is_what_its_plan_gives_and_goes_back_to_the_first_bytes(tmp_path: Path, format_name: str) -> None:
    folder = generated(tmp_path / "o", format_name)
    first = contents(folder)
    for patch in (HALF_STUDENTS, FEWER_PAGES, MORE_BOOKS):
        change(folder, patch)
        assert verify_directory(folder).mismatches == ()
        if format_name != "sql":
            assert [r for r in check_directory(folder) if not r.passed] == []
    assert contents(folder) != first
    fresh = tmp_path / "fresh"
    generate_directory(
        library(),
        load_plan((folder / "plan.yaml").read_text(), "plan"),
        fresh,
        format_name,
        ddl_text=DDL,
        request=DatasetRequest(rows=ROWS),
    )
    assert contents(fresh) == contents(folder)
    revert(folder, 1)
    assert contents(folder) == first
    revert(folder, 4)
    assert contents(folder) == contents(fresh)


def test_versions_say_who_asked_for_what_and_stay(tmp_path: Path) -> None:
    folder = generated(tmp_path / "o")
    assert [(v.number, v.at) for v in history_of(open_changeable(str(folder), tmp_path))[0]] == [(1, "")]
    assert not (folder / "versions").exists()
    change(folder, HALF_STUDENTS)
    change(folder, FEWER_PAGES)
    assert revert(folder).version.number == 2
    assert change(folder, FEWER_PAGES).version.number == 3, "the same change of the same version is the version it made"
    assert revert(folder, 1).version.number == 1
    assert change(folder, FEWER_PAGES).version.number == 4
    versions, current = history_of(open_changeable(str(folder), tmp_path))
    assert [(v.number, v.based_on, v.by) for v in versions] == [(1, None, "request"), (2, 1, "patch"), (3, 2, "patch"), (4, 1, "patch")]
    assert current.number == 4
    assert versions[1].patch == HALF_STUDENTS
    assert all(v.at.endswith("Z") for v in versions)
    assert (folder / "versions/current").read_text() == "0004\n"


@pytest.mark.parametrize("patch", [NEVER_TRUE, patch_of("tables: {member: {rows: 3}}")], ids=["a key", "no such table"])
def test_what_is_refused_stores_nothing(tmp_path: Path, patch: PlanPatch) -> None:
    folder = generated(tmp_path / "o")
    before = sorted(p.relative_to(folder) for p in folder.rglob("*"))
    with pytest.raises(PlanError):
        change(folder, patch)
    assert sorted(p.relative_to(folder) for p in folder.rglob("*")) == before


def test_a_change_that_is_made_already_is_none(tmp_path: Path) -> None:
    folder = generated(tmp_path / "o")
    change(folder, HALF_STUDENTS)
    with pytest.raises(PlanError, match="PLAN504"):
        change(folder, HALF_STUDENTS)


def test_nowhere_to_go_back_to(tmp_path: Path) -> None:
    folder = generated(tmp_path / "o")
    for number in (None, 7):
        with pytest.raises(PlanError, match="PLAN506"):
            revert(folder, number)
    change(folder, HALF_STUDENTS)
    schema, plan = samples.planned()
    generate_directory(schema, plan, folder, "parquet", ddl_text=samples.DDL)
    with pytest.raises(PlanError, match="PLAN507"):
        revert(folder, 1)


def test_a_plan_that_somebody_edited_becomes_a_version_of_its_own(tmp_path: Path) -> None:
    folder = generated(tmp_path / "o")
    change(folder, HALF_STUDENTS)
    schema, plan = planned(ROWS + 1)
    generate_directory(schema, plan, folder, "parquet", ddl_text=DDL)
    change(folder, FEWER_PAGES)
    versions, current = history_of(open_changeable(str(folder), tmp_path))
    assert [(v.number, v.based_on, v.by) for v in versions[2:]] == [(3, None, "found"), (4, 3, "patch")]
    assert current.number == 4


def test_a_run_killed_while_it_moved_files_is_mended_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = generated(tmp_path / "o")
    first = contents(folder)
    moved = Path.replace

    def killed(self: Path, target: Path) -> Path:
        if self.name == "plan.yaml" and ".synth-partial-" in str(self.parent):
            raise KeyboardInterrupt
        return moved(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            change(folder, HALF_STUDENTS)
    assert not verify_directory(folder).passed
    assert revert(folder, 1).written == ("members",)
    assert contents(folder) == first
    assert [p.name for p in folder.iterdir() if p.name.startswith(".")] == []


def test_of_two_who_change_at_once_the_second_is_told(tmp_path: Path) -> None:
    folder = generated(tmp_path / "o")
    dataset = open_changeable(str(folder), tmp_path)
    record_change(dataset.log, propose_change(dataset.schema, dataset.plan, HALF_STUDENTS))
    with pytest.raises(StorageError, match="STO105") as caught:
        dataset.log.add(PlanVersion(number=2, plan=dataset.plan))
    assert caught.value.retryable


def test_the_first_rows_show_what_a_change_does() -> None:
    schema, plan = planned()
    proposed = propose_change(schema, plan, HALF_STUDENTS)
    (shown,) = preview_change(schema, proposed.before, proposed.after, proposed.diff)
    before, after = (dict(s.top)["student"] for s in (shown.before, shown.after))
    assert before < 0.3 < 0.4 < after
    assert shown.after.in_words().startswith("student ")


def test_neither_a_folder_nor_a_dataset(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="PLAN508"):
        open_changeable("nothing/here", tmp_path)


@pytest.fixture
def store(tmp_path: Path) -> DatasetStore:
    """The library in a store, planned and made, all but its loans."""
    store = DatasetStore(tmp_path / "datasets")
    schema, plan = planned()
    store.save_schema("library", "one", schema, DDL)
    store.save_request("library", "one", DatasetRequest(rows=ROWS, dataset="one"))
    store.save_plan("library", "one", plan)
    for table in ("members", "books"):
        create_table(store, schema, plan, "one", table)
    return store


def stored(store: DatasetStore) -> dict[str, StoredTable]:
    return {key: store.load_record("library", "one", key) for key in ("members", "books") if store.has_table("library", "one", key)}


@pytest.mark.parametrize("named", ["library/one", "{root}/library/one"])
def test_in_the_store_too_only_what_is_reached_is_made_again(store: DatasetStore, named: str) -> None:
    before, schema = stored(store), library()
    dataset = open_changeable(named.format(root=store.root), store.root)
    made = make_change(dataset, propose_change(dataset.schema, dataset.plan, HALF_STUDENTS))
    assert made.written == ("members",)
    plan, after = store.load_plan("library", "one"), stored(store)
    assert after["books"] == before["books"]
    assert after["members"].record.sha256 != before["members"].record.sha256
    assert {k: s.record.provenance for k, s in after.items()} == {k: provenance_of(schema, plan, k) for k in after}
    assert not store.has_table("library", "one", "loans")
    again = open_changeable(named.format(root=store.root), store.root)
    return_to(again, *propose_return(again, None))
    assert stored(store) == before


def test_a_table_whose_parents_changed_without_reaching_it_keeps_its_file_under_a_new_record(store: DatasetStore) -> None:
    schema, plan = planned()
    path = create_table(store, schema, plan, "one", "loans").stored.path
    export_dataset(store, schema, plan, "one", ["zip"])
    exported, made_at = store.exports_directory("library", "one") / "library-one.zip", path.stat().st_mtime_ns
    archive = exported.read_bytes()
    dataset = open_changeable("library/one", store.root)
    assert make_change(dataset, propose_change(dataset.schema, dataset.plan, HALF_STUDENTS)).written == ("members",)
    assert path.stat().st_mtime_ns == made_at
    now = store.load_plan("library", "one")
    assert store.load_record("library", "one", "loans").record.provenance == provenance_of(schema, now, "loans")
    assert exported.read_bytes() != archive


def test_a_budget_for_once_stands_over_the_limits_it_names_and_is_not_kept(store: DatasetStore) -> None:
    asked = DatasetRequest.model_validate({"rows": 60, "gemini": {"rows": 7, "budget": {"calls": 1, "dollars": 2}}})
    store.save_request("library", "one", asked, replace=True)
    opened = open_changeable("library/one", store.root, BudgetRequest(calls=9, tokens=0)).request
    assert opened.gemini.budget == BudgetRequest(calls=9, tokens=0, dollars=2)
    assert opened.asks_for_the_same(asked)
    assert open_changeable("library/one", store.root).request == asked


def test_in_a_schema_of_nineteen_tables_all_other_columns_keep_their_bytes(tmp_path: Path) -> None:
    schema = read_ddl(MARKETPLACE.read_text(), source="marketplace.sql", name="marketplace").schema
    assert schema is not None
    folder = tmp_path / "o"
    generate_directory(schema, make_plan(schema, DatasetRequest(rows=80)), folder, "parquet")
    chunks = {p.name: column_chunks(p) for p in folder.glob("*.parquet")}
    files = contents(folder)
    made = change(
        folder, patch_of("tables: {orders: {columns: {status: {strategy: {kind: categorical, values: [open, cancelled, paid]}}}}}")
    )
    assert made.written == ("orders", "returns")
    said = {(t.table, c) for t in made.diff.tables for c in (*t.followers, *(x.column for x in t.columns))}
    for name, before in chunks.items():
        after = column_chunks(folder / name)
        differ = {(name.removesuffix(".parquet"), c) for c in before if before[c] != after[c]}
        assert differ <= said
        assert (files[name] == (folder / name).read_bytes()) == (not differ)
    assert verify_directory(folder).passed
    revert(folder)
    assert contents(folder) == files


def test_what_a_check_forbids_is_said_before_anything_is_stored() -> None:
    schema, plan = planned()
    text = """
    tables:
      books:
        columns:
          pages: {strategy: {kind: categorical, values: ['300', '9000'], weights: [1, 1]}}
          price: {strategy: {kind: number, low: -20, high: -10}}
    """
    proposed = propose_change(schema, plan, patch_of(text))
    assert [d.code for d in proposed.diagnostics] == ["PLAN301", "PLAN301"]
    previews = preview_change(schema, proposed.before, proposed.after, proposed.diff)
    pages, price = unmet_wishes(previews, proposed.after)
    assert pages == "books.pages: none of the first rows holds '9000'; a CHECK may forbid it"
    assert price.startswith("books.price: some of the first rows are outside -20 to -10: ")
    kept = propose_change(schema, plan, HALF_STUDENTS)
    assert unmet_wishes(preview_change(schema, kept.before, kept.after, kept.diff), kept.after) == ()


def test_a_lost_plan_comes_back_from_its_versions_or_from_a_record_of_them(tmp_path: Path) -> None:
    schema, plan = planned()
    kept = open_changeable(str(generated(tmp_path / "o")), tmp_path)
    change(kept.path, HALF_STUDENTS)
    change(kept.path, FEWER_PAGES)
    revert(kept.path, 2)
    held = load_plan((kept.path / "plan.yaml").read_text(), "plan")
    assert restore_versions(kept.log, schema, plan, None) == held
    versions = kept.log.list_versions()
    record = json.loads(json.dumps(record_of(versions, 2)))
    fresh = VersionLog(tmp_path / "fresh")
    assert restore_versions(fresh, schema, plan, record) == held
    assert fresh.list_versions() == versions
    assert fresh.named() == 2
    assert restore_versions(VersionLog(tmp_path / "none"), schema, plan, None) == plan
    record["versions"][1]["based_on"] = 7
    with pytest.raises(PlanError, match="PLAN506"):
        restore_versions(VersionLog(tmp_path / "broken"), schema, plan, record)


@pytest.mark.parametrize("text", ["", "number: 2", "[", "\x00", "number: 1\nplan: {}\nwords: *a"])
def test_a_damaged_version_is_named(tmp_path: Path, text: str) -> None:
    folder = generated(tmp_path / "o")
    change(folder, HALF_STUDENTS)
    (folder / "versions/0002.yaml").write_text(text)
    with pytest.raises(StorageError, match=r"STO106(.|\n)*") as caught:
        revert(folder)
    assert "0002.yaml" in caught.value.diagnostics[0].where
