"""The graph Dagster is given for a schema: keys, dependencies, checks, what the UI shows before any run."""

from pathlib import Path

import dagster as dg
import pytest

from synth_assets.orchestration.schema_definitions import SchemaDefinitions
from synth_assets.orchestration.translator import SchemaNames
from synth_assets.schema.model import Schema
from synth_assets_tests.orchestration.conftest import build
from synth_assets_tests.orchestration.schemas import oddly_named, shop


def specs_of(built: SchemaDefinitions) -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in built.definitions.resolve_all_asset_specs()}


def test_keys_and_dependencies_of_a_schema_with_a_cycle() -> None:
    graph = {key: sorted(d.asset_key.to_user_string() for d in spec.deps) for key, spec in specs_of(build(shop())).items()}
    assert graph == {
        "shop/_plan": [],
        "shop/branches": ["shop/_plan"],
        "shop/employees": ["shop/_plan", "shop/branches"],
        "shop/labels": ["shop/_plan"],
        "shop/items": ["shop/_plan", "shop/employees", "shop/labels"],
        "shop/_export": ["shop/_plan", "shop/branches", "shop/employees", "shop/items", "shop/labels"],
    }


def test_a_dropped_dependency_is_said() -> None:
    specs = specs_of(build(shop()))
    assert "`employees`" in specs["shop/branches"].metadata["dependencies left out"].value
    assert "dependencies left out" not in specs["shop/employees"].metadata


def test_the_key_check_of_a_table_with_a_dropped_dependency_waits_for_both_and_does_not_block() -> None:
    checks = {s.key.to_user_string(): s for op in build(shop()).definitions.asset_checks for s in op.check_specs}
    late, ordinary = checks["shop/branches:foreign_keys"], checks["shop/employees:foreign_keys"]
    assert not late.blocking
    assert ordinary.blocking
    assert {d.asset_key.to_user_string() for d in late.additional_deps} == {"shop/employees"}
    assert checks["shop/branches:primary_key"].blocking


@pytest.mark.parametrize("schema", [shop(), oddly_named()], ids=["shop", "odd"])
def test_it_loads(schema: Schema) -> None:
    built = build(schema)
    dg.Definitions.validate_loadable(built.definitions)
    names = SchemaNames(schema)
    assert len(specs_of(built)) == len(schema.tables) + 2
    assert {names.job, names.new_dataset_job} <= {j.name for j in built.definitions.get_repository_def().get_all_jobs()}


def test_what_the_ui_shows_of_a_table(tmp_path: Path) -> None:
    specs = specs_of(build(shop(), ddl_file=tmp_path / "shop.sql"))
    items, branches = specs["shop/items"], specs["shop/branches"]
    columns = {c.name: c for c in items.metadata["dagster/column_schema"].columns}
    assert columns["employee_id"].constraints.other == ["REFERENCES employees(id)"]
    assert not columns["employee_id"].constraints.nullable
    assert columns["id"].constraints.unique
    lineage = items.metadata["dagster/column_lineage"].deps_by_column
    assert lineage["label_id"] == [dg.TableColumnDep(dg.AssetKey(["shop", "labels"]), "id")]
    reference = items.metadata["dagster/code_references"].code_references[0]
    assert (reference.file_path, reference.line_number) == (str(tmp_path / "shop.sql"), 20)
    assert branches.description == "Where books are sold"
    assert items.kinds == {"parquet", "postgres"}
    assert items.group_name == "shop"
    assert items.owners == ["team:tests"]
    assert items.metadata["dagster/table_name"] == "shop.items"


def test_a_code_version_follows_the_tables_own_declaration() -> None:
    before = specs_of(build(shop()))
    changed = shop().model_copy(update={"tables": (*shop().tables[:3], shop().tables[3].model_copy(update={"comment": "new"}))})
    after = specs_of(build(changed))
    assert before["shop/items"].code_version != after["shop/items"].code_version
    assert before["shop/labels"].code_version == after["shop/labels"].code_version


def test_the_schedule_is_off_until_someone_turns_it_on() -> None:
    (schedule,) = build(shop()).definitions.schedules
    assert schedule.default_status == dg.DefaultScheduleStatus.STOPPED
