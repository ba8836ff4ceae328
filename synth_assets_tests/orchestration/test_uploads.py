"""Files in the uploads folder: read one by one, judged one by one, and never outside the folder."""

import errno
import os
import time
from pathlib import Path

import dagster as dg
import pytest

from synth_assets.orchestration.location import admit_uploads, build_location
from synth_assets.orchestration.uploads import Upload, UploadsState, fingerprint_uploads, list_files, read_uploads
from synth_assets.pipeline.read import MAX_SCHEMA_BYTES
from synth_assets.settings import Settings

GOOD = "CREATE TABLE books (id INT PRIMARY KEY, title VARCHAR(40) NOT NULL);"
BROKEN = "CREATE TABLE broken (id INT,"
HALF = "CREATE TABLE a (id INT PRIMARY KEY); CREATE TABLE b (id INT, a_id INT REFERENCES nowhere (id));"


@pytest.fixture
def uploads(data_dir: Path) -> Path:
    return data_dir / "uploads"


def read(settings: Settings, earlier: UploadsState | None = None) -> dict[str, Upload]:
    state = admit_uploads(read_uploads(settings.uploads_dir, earlier or UploadsState()), settings)
    dg.Definitions.validate_loadable(build_location(state, settings))
    return {u.file: u for u in state.uploads}


def codes(upload: Upload) -> list[str]:
    return [d.code for d in upload.diagnostics]


def test_a_broken_file_beside_a_good_one(uploads: Path, settings: Settings) -> None:
    (uploads / "good.sql").write_text(GOOD)
    (uploads / "broken.ddl").write_text(BROKEN)
    found = read(settings)
    assert found["good.sql"].tables is not None
    assert found["broken.ddl"].tables is None
    assert found["broken.ddl"].errors
    location = build_location(UploadsState(uploads=tuple(found.values())), settings)
    specs = {s.key.to_user_string(): s for s in location.resolve_all_asset_specs()}
    assert {"good/books", "uploads/good_sql", "uploads/broken_ddl"} <= specs.keys()
    shown = specs["uploads/broken_ddl"]
    assert found["broken.ddl"].errors[0].code in (shown.description or "")
    assert shown.metadata["diagnostics"].records


def test_materialising_a_broken_file_fails_with_its_diagnostics(uploads: Path, settings: Settings, instance: dg.DagsterInstance) -> None:
    (uploads / "broken.ddl").write_text(BROKEN)
    location = build_location(UploadsState(uploads=tuple(read(settings).values())), settings)
    job = location.get_repository_def().get_implicit_global_asset_job_def()
    result = job.execute_in_process(instance=instance, raise_on_error=False)
    (failure,) = result.get_step_failure_events()
    assert "broken.ddl:1" in str(failure.step_failure_data.user_failure_data)


def test_materialising_a_file_that_was_mended_succeeds(uploads: Path, settings: Settings, instance: dg.DagsterInstance) -> None:
    (uploads / "mended.sql").write_text(BROKEN)
    location = build_location(UploadsState(uploads=tuple(read(settings).values())), settings)
    (uploads / "mended.sql").write_text(GOOD)
    job = location.get_repository_def().get_implicit_global_asset_job_def()
    result = job.execute_in_process(instance=instance, raise_on_error=False)
    assert result.success
    assert [e.passed for e in result.get_asset_check_evaluations()] == [True]


def test_a_file_with_errors_and_usable_tables_is_used_and_says_so(uploads: Path, settings: Settings) -> None:
    (uploads / "half.sql").write_text(HALF)
    half = read(settings)["half.sql"]
    assert half.tables is not None
    assert {t.key for t in half.tables.tables} == {"a", "b"}
    assert half.errors
    assert half.ddl_text is None


def test_the_request_beside_a_file(uploads: Path, settings: Settings) -> None:
    (uploads / "good.sql").write_text(GOOD)
    (uploads / "good.yaml").write_text("rows: 12\nseed: 9\ndataset: spring\n")
    request = read(settings)["good.sql"].request
    assert request is not None
    assert (request.rows, request.seed, request.dataset) == (12, 9, "spring")


@pytest.mark.parametrize("content", [b"rows: -1", b"rowz: 5", b"- a list", b"rows: [", b"\xff\xfe\x00", b"x" * 1_100_000])
def test_a_wrong_request_leaves_the_schema_in_use(uploads: Path, settings: Settings, content: bytes) -> None:
    (uploads / "good.sql").write_text(GOOD)
    (uploads / "good.yaml").write_bytes(content)
    good = read(settings)["good.sql"]
    assert good.tables is not None
    assert good.request is None
    assert all(d.code.startswith("REQ") and "good.yaml" in d.where for d in good.errors)
    assert good.errors


def test_the_second_file_of_a_schema_is_set_aside(uploads: Path, settings: Settings) -> None:
    (uploads / "shop.ddl").write_text(GOOD)
    (uploads / "shop.sql").write_text(GOOD)
    found = read(settings)
    assert found["shop.ddl"].tables is not None
    assert codes(found["shop.sql"]) == ["UPL101"]
    assert found["shop.sql"].errors[0].found == "shop.ddl"


def test_a_schema_stays_with_the_file_that_has_it(uploads: Path, settings: Settings) -> None:
    (uploads / "shop.sql").write_text(GOOD)
    earlier = UploadsState(uploads=tuple(read(settings).values()))
    (uploads / "shop.ddl").write_text(GOOD)
    found = read(settings, earlier)
    assert found["shop.sql"].tables is not None
    assert codes(found["shop.ddl"]) == ["UPL101"]


def test_a_schema_passes_on_when_its_file_is_gone(uploads: Path, settings: Settings) -> None:
    (uploads / "shop.sql").write_text(GOOD)
    earlier = UploadsState(uploads=tuple(read(settings).values()))
    (uploads / "shop.sql").rename(uploads / "shop.ddl")
    assert read(settings, earlier)["shop.ddl"].tables is not None


def test_schemas_whose_names_would_meet_in_dagster(uploads: Path, settings: Settings) -> None:
    (uploads / "a.sql").write_text("CREATE TABLE b__c (id INT PRIMARY KEY);")
    (uploads / "a__b.sql").write_text("CREATE TABLE c (id INT PRIMARY KEY);")
    found = read(settings)
    assert sorted(code for u in found.values() for code in codes(u)) in ([], ["UPL102"])
    assert found["a.sql"].tables is not None


def test_a_schema_dagster_cannot_load_is_set_aside(uploads: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    (uploads / "bad.sql").write_text(GOOD)
    (uploads / "good.sql").write_text(GOOD)
    from synth_assets.orchestration import location

    build = location.build_schema_definitions

    def refuses(source: object, *rest: object) -> object:
        if source.schema.name == "bad":  # type: ignore[attr-defined]
            raise dg.DagsterInvalidDefinitionError("no such thing")
        return build(source, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(location, "build_schema_definitions", refuses)
    found = read(settings)
    assert codes(found["bad.sql"]) == ["UPL103"]
    assert found["good.sql"].tables is not None


def test_a_huge_file_is_judged_by_its_size_alone(uploads: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with (uploads / "huge.sql").open("wb") as file:
        file.truncate(MAX_SCHEMA_BYTES + 1)
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail(f"{self} was read"))
    huge = read(settings)["huge.sql"]
    assert huge.tables is None
    assert (huge.bytes, huge.sha256) == (MAX_SCHEMA_BYTES + 1, "")
    assert huge.errors


def test_what_is_not_a_file_of_the_folder_is_left_alone(uploads: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.sql"
    secret.write_text(GOOD)
    (uploads / "link.sql").symlink_to(secret)
    (uploads / ".partial.sql").write_text(GOOD)
    (uploads / "folder.sql").mkdir()
    (uploads / "notes.md").write_text("no schema")
    (uploads / "Upper.SQL").write_text(GOOD)
    assert [p.name for p in list_files(uploads, (".sql",))] == ["Upper.SQL"]


def test_a_linked_request_is_left_alone(uploads: Path, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("rows: 1")
    (uploads / "good.sql").write_text(GOOD)
    (uploads / "good.yaml").symlink_to(tmp_path / "secret.yaml")
    request = read(settings)["good.sql"].request
    assert request is not None
    assert request.rows == 1000


def test_names_in_files_cannot_lead_out_of_the_data_folder(uploads: Path, settings: Settings, tmp_path: Path) -> None:
    (uploads / "...sql").write_text('CREATE TABLE "../../../evil" (id INT PRIMARY KEY);')
    (uploads / "good.sql").write_text('CREATE TABLE "../../../evil" (id INT PRIMARY KEY);')
    (uploads / "good.yaml").write_text("dataset: ../../evil\nrows: 3\n")
    found = read(settings)
    location = build_location(UploadsState(uploads=tuple(found.values())), settings)
    job = location.resolve_job_def("generate_good")
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("datasets_good", ["evil"])
        assert job.execute_in_process(instance=instance, partition_key="evil").success
    outside = [p for p in tmp_path.rglob("*evil*") if settings.datasets_dir not in p.parents]
    assert not outside


def test_the_fingerprint_follows_content_and_names(uploads: Path) -> None:
    seen = [fingerprint_uploads(uploads)]
    (uploads / "a.sql").write_text(GOOD)
    seen.append(fingerprint_uploads(uploads))
    (uploads / "a.yaml").write_text("rows: 5")
    seen.append(fingerprint_uploads(uploads))
    (uploads / "a.yaml").write_text("rows: 6")
    os.utime(uploads / "a.yaml", (1, 1))
    seen.append(fingerprint_uploads(uploads))
    (uploads / "a.sql").rename(uploads / "b.sql")
    seen.append(fingerprint_uploads(uploads))
    assert len(set(seen)) == len(seen)
    os.utime(uploads / "b.sql", (2, 2))
    assert fingerprint_uploads(uploads) == seen[-1]


def test_a_file_that_is_still_changing_waits(uploads: Path) -> None:
    path = uploads / "a.sql"
    path.write_text(GOOD[:20])
    assert fingerprint_uploads(uploads, settle_seconds=30) is None
    long_ago = time.time() - 60
    os.utime(path, (long_ago, long_ago))
    assert fingerprint_uploads(uploads, settle_seconds=30)


def test_an_absent_folder_is_an_empty_one(tmp_path: Path) -> None:
    assert read_uploads(tmp_path / "none", UploadsState()).uploads == ()


def test_the_state_survives_its_stored_form(uploads: Path, settings: Settings) -> None:
    (uploads / "good.sql").write_text(GOOD)
    (uploads / "broken.sql").write_text(BROKEN)
    state = admit_uploads(read_uploads(uploads, UploadsState()), settings)
    assert UploadsState.model_validate_json(state.model_dump_json()) == state


def test_a_name_that_is_not_utf8_is_told_and_keeps_nobody_waiting(uploads: Path, settings: Settings) -> None:
    Path(os.fsdecode(os.fsencode(str(uploads)) + b"/\xff.sql")).write_text(GOOD)
    (uploads / "good.sql").write_text(GOOD)
    found = read(settings)
    assert codes(found["\\xff.sql"]) == ["UPL104"]
    assert found["good.sql"].tables is not None
    state = read_uploads(uploads, UploadsState())
    assert UploadsState.model_validate_json(state.model_dump_json()) == state


@pytest.mark.parametrize(("file", "code"), [("closed.sql", "UPL105"), ("closed.yaml", "STO101")])
def test_a_file_that_may_not_be_read_is_told_and_keeps_nobody_waiting(
    uploads: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, file: str, code: str
) -> None:
    """Tests may run as root, who reads everything: the refusal is the file system's words, said in its place."""
    for name in ("closed.sql", "good.sql"):
        (uploads / name).write_text(GOOD)
    (uploads / "closed.yaml").write_text("rows: 5")
    read_bytes = Path.read_bytes

    def refused(path: Path) -> bytes:
        if path.name == file:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return read_bytes(path)

    with monkeypatch.context() as closed:
        closed.setattr(Path, "read_bytes", refused)
        before = fingerprint_uploads(uploads)
        found = read(settings)
    assert codes(found["closed.sql"]) == [code]
    assert found["closed.sql"].request is None
    assert found["good.sql"].tables is not None
    assert fingerprint_uploads(uploads) != before, "made readable, the file is looked at again"


def test_the_request_beside_is_found_in_any_letter_case(uploads: Path, settings: Settings) -> None:
    (uploads / "SHOP.SQL").write_text(GOOD)
    (uploads / "SHOP.YAML").write_bytes(b"\xef\xbb\xbfrows: 5\r\n")
    request = read(settings)["SHOP.SQL"].request
    assert request
    assert request.rows == 5


def test_the_name_of_one_schemas_op_is_free_for_another_schema(uploads: Path, settings: Settings) -> None:
    for name in ("shop", "plan_shop", "export_shop"):
        (uploads / f"{name}.sql").write_text(GOOD)
    assert all(u.tables is not None for u in read(settings).values())
