"""Keys by construction: relations, fan-outs, unique columns, and what cannot be met."""

import pytest

from synth_assets.plan import infer_plan, validate_plan
from synth_assets.plan.model import Attachment, Earlier, Layout, OneToOne, Product, Stride
from synth_assets.plan.request import DatasetRequest
from synth_assets.plan.strategies import Ordinal, Sequence, Uuid
from synth_assets_tests.plan.schemas import schema, table


def plan_of(*tables, **request):
    one = schema(*tables)
    plan = infer_plan(one, DatasetRequest(**request))
    return plan, [d for d in validate_plan(one, plan) if d.is_error]


USERS = table("users", id="serial pk")
POSTS = table("posts", id="serial pk")
LIKES = table("likes", pk=("user_id", "post_id"), user_id="int fk users.id", post_id="int fk posts.id")


def test_a_sparse_junction_strides_and_a_dense_one_enumerates():
    plan, errors = plan_of(USERS, POSTS, LIKES, rows=1000)
    relations = plan.table("likes").relations_by_name
    assert isinstance(relations["user_id"].fan_out, Layout)
    assert relations["post_id"].fan_out == Stride(owner="user_id", parents=1, children=1, floor=64)
    assert relations["user_id"].fan_out.limit <= 64
    assert errors == []
    plan, errors = plan_of(USERS, POSTS, LIKES, rows_by_table={"users": 20, "posts": 10, "likes": 150})
    assert plan.table("likes").relations[0].fan_out == Product(group="user_id,post_id", sizes=(20, 10), position=0)
    assert errors == []


def test_a_junction_with_more_rows_than_pairs_is_an_error():
    _, errors = plan_of(USERS, POSTS, LIKES, rows_by_table={"users": 20, "posts": 10, "likes": 201})
    assert {e.code for e in errors} == {"PLAN132"}
    assert "200" in errors[0].hint


def test_line_numbers_count_within_their_order():
    lines = table("order_lines", pk=("order_id", "line_no"), order_id="int fk orders.id", line_no="int")
    plan, errors = plan_of(table("orders", id="serial pk"), lines, rows_by_table={"orders": 100, "order_lines": 350})
    assert plan.table("order_lines").column("line_no").strategy == Ordinal(relation="order_id")
    assert plan.table("order_lines").relations[0].fan_out == Layout(children=7, parents=2)
    assert errors == []


def test_a_unique_foreign_key_is_one_to_one():
    profile = table("profiles", user_id="int pk fk users.id")
    assert isinstance(plan_of(USERS, profile)[0].table("profiles").relations[0].fan_out, OneToOne)
    _, errors = plan_of(USERS, profile, rows_by_table={"users": 5, "profiles": 6})
    assert [e.code for e in errors] == ["PLAN131"]
    assert "at most 5 rows" in errors[0].hint


def test_a_self_reference_is_a_forest():
    plan, errors = plan_of(table("staff", id="serial pk", boss_id="int fk staff.id"))
    assert isinstance(plan.tables[0].relations[0].fan_out, Earlier)
    assert plan.tables[0].relations[0].null_fraction > 0
    assert errors == []


def test_a_missing_parent_is_an_error_only_where_one_is_needed():
    orders = table("orders", id="serial pk", user_id="int nn fk users.id")
    _, errors = plan_of(USERS, orders, rows_by_table={"users": 0})
    assert [e.code for e in errors] == ["PLAN135"]
    assert "users" in errors[0].hint
    plan, errors = plan_of(USERS, table("orders", id="serial pk", user_id="int fk users.id"), rows_by_table={"users": 0})
    assert plan.table("orders").relations[0].null_fraction == 1
    assert errors == []


def test_ratios_are_reduced():
    orders = table("orders", id="serial pk", user_id="int nn fk users.id")
    plan, _ = plan_of(USERS, orders, rows_by_table={"users": 100, "orders": 2500})
    assert plan.table("orders").relations[0].fan_out == Attachment(parents=1, children=25, floor=32)


@pytest.mark.parametrize(("sql_type", "kind"), [("int", Sequence), ("bigint", Sequence), ("uuid", Uuid), ("varchar(36)", Uuid)])
def test_primary_keys(sql_type, kind):
    column = plan_of(table("t", id=f"{sql_type} pk"))[0].tables[0].column("id")
    assert isinstance(column.strategy, kind)
    assert column.unique


def test_too_few_values_for_a_unique_column_say_where_and_how_many():
    _, errors = plan_of(table("flags", line=7, id="serial pk", mark="char(1) nn uq"), rows=1000)
    assert len(errors) == 1
    text = errors[0].render()
    assert errors[0].code in {"PLAN131", "PLAN133"}
    assert "flags" in text
    assert "mark" in text
    assert "hand.sql:7" in text
    assert "36" in text or "62" in text


def test_a_unique_name_keeps_its_words_while_they_last():
    few, errors = plan_of(table("genres", id="serial pk", name="varchar(60) nn uq"), rows=10)
    assert errors == []
    many, errors = plan_of(table("genres", id="serial pk", name="varchar(60) nn uq"), rows=5000)
    assert errors == []
    assert few.tables[0].column("name").strategy.kind == "vocabulary"
    assert many.tables[0].column("name").strategy.kind == "template"


def test_an_undeclared_key_is_followed_by_name():
    plan, errors = plan_of(USERS, table("posts", id="serial pk", user_id="int nn"))
    relation = plan.table("posts").relations_by_name["user_id"]
    assert (relation.parent_table, relation.origin) == ("users", "rule")
    assert errors == []


def test_what_a_unique_firm_key_points_at_is_never_null():
    """Each parent has one child, so none can be passed over."""
    parents = table("parents", id="serial pk", code="varchar(12) uq")
    plan, errors = plan_of(parents, table("children", id="serial pk", code="varchar(12) nn uq fk parents.code"), rows=100)
    assert plan.table("parents").column("code").null_fraction == 0
    assert errors == []
