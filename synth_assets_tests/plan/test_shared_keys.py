"""Keys that share columns, scopes that close, managers of the same company: in the plan and in the rows it makes."""

from collections import Counter

import pytest

from synth_assets.engine import Generator
from synth_assets.plan import infer_plan, validate_plan
from synth_assets.plan.model import Attachment, Earlier, Matching
from synth_assets.plan.request import CoherenceRequest, DatasetRequest
from synth_assets.schema.expressions import ColumnRef, Comparison, Literal
from synth_assets.schema.model import Schema
from synth_assets_tests.plan.schemas import schema, table

TENANTS = table("tenants", id="serial pk", name="varchar(60) nn")


def of_tenant(name, **columns):
    """A table whose rows are of a tenant, with the key (tenant_id, id) that others refer to."""
    return table(name, unique=(("tenant_id", "id"),), id="serial pk", tenant_id="int nn fk tenants.id", **columns)


def rows_of(one: Schema, **request):
    """Return the rows of every table as tuples by column, once the plan is found to be without errors."""
    plan = infer_plan(one, DatasetRequest(**request))
    assert [d.render() for d in validate_plan(one, plan) if d.is_error] == []
    generator = Generator(one, plan)
    return plan, {t.table: generator.generate_rows(t.table, 0, t.row_count).to_pydict() for t in plan.tables}


def tuples(columns, names):
    return list(zip(*(columns[n] for n in names), strict=True))


def orphans(one: Schema, rows):
    """Return every foreign key with how many of its children have no parent, where some have none."""
    found = {}
    for child in one.tables:
        for key in child.foreign_keys:
            parents = set(tuples(rows[key.parent_table], key.parent_columns))
            lost = [c for c in tuples(rows[child.key], key.columns) if None not in c and c not in parents]
            if lost:
                found[key.label] = len(lost)
    return found


def repeats(one: Schema, rows):
    """Return every unique key with how many of its rows repeat another, where some do."""
    found = {}
    for each in one.tables:
        for key in each.unique_keys:
            values = [v for v in tuples(rows[each.key], key) if None not in v]
            if len(set(values)) < len(values):
                found[each.key, key] = len(values) - len(set(values))
    return found


COUPLE, PERSON = (("tenant_id", "couple_id"), "couples", ("tenant_id", "id")), (("tenant_id", "person_id"), "persons", ("tenant_id", "id"))
MEMBERSHIPS = schema(
    TENANTS,
    of_tenant("couples"),
    of_tenant("persons"),
    table("memberships", fks=(COUPLE, PERSON), id="serial pk", tenant_id="int nn", couple_id="int nn", person_id="int nn"),
)
PAIRS = schema(
    TENANTS,
    of_tenant("couples"),
    of_tenant("persons"),
    table("pairs", fks=(COUPLE, PERSON), pk=("tenant_id", "couple_id", "person_id"), tenant_id="int", couple_id="int", person_id="int"),
)
MIXES = (
    {"rows": 400},
    {"rows": 50},
    {"rows": 3},
    {"rows": 1},
    {"rows": 200, "rows_by_table": {"tenants": 7}},
    {"rows": 30, "rows_by_table": {"tenants": 200, "memberships": 500}},
)


@pytest.mark.parametrize("request_", MIXES, ids=str)
def test_two_keys_that_share_a_tenant_both_hold(request_):
    plan, rows = rows_of(MEMBERSHIPS, **request_)
    assert orphans(MEMBERSHIPS, rows) == {}
    relations = plan.table("memberships").relations_by_name
    root, follower = relations["tenant_id,couple_id"].fan_out, relations["tenant_id,person_id"].fan_out
    assert [c.parent_column for c in follower.conditions] == ["tenant_id"]
    assert [(r.table, r.relation) for r in root.requires] == [("memberships", "tenant_id,person_id")]


def test_a_key_that_may_be_null_is_null_only_where_the_tenant_has_no_row():
    key = (("tenant_id", "person_id"), "persons", ("tenant_id", "id"))
    one = schema(
        TENANTS,
        of_tenant("couples"),
        of_tenant("persons"),
        table("memberships", fks=(COUPLE, key), id="serial pk", tenant_id="int nn", couple_id="int nn", person_id="int"),
    )
    _, rows = rows_of(one, rows=300)
    assert orphans(one, rows) == {}
    with_persons = set(rows["persons"]["tenant_id"])
    known = [p for t, p in tuples(rows["memberships"], ("tenant_id", "person_id")) if t in with_persons]
    assert all(p is None for t, p in tuples(rows["memberships"], ("tenant_id", "person_id")) if t not in with_persons)
    assert 0.75 < sum(p is not None for p in known) / len(known) < 1


@pytest.mark.parametrize("request_", [{"rows": 300}, {"rows": 40, "rows_by_table": {"tenants": 4, "pairs": 150}}, {"rows": 1}], ids=str)
def test_a_junction_inside_a_tenant_pairs_each_two_once(request_):
    plan, rows = rows_of(PAIRS, **request_)
    assert orphans(PAIRS, rows) == {}
    assert repeats(PAIRS, rows) == {}
    assert plan.table("pairs").relations_by_name["tenant_id,person_id"].fan_out.distinct_within == "tenant_id,couple_id"


STOCKED = schema(
    table("regions", region="varchar(8) pk"),
    table("depots", pk=("region", "code"), region="varchar(8) fk regions.region", code="int"),
    table("products", id="serial pk"),
    table(
        "stock",
        pk=("region", "code", "product_id"),
        fks=((("region", "code"), "depots", ("region", "code")),),
        region="varchar(8)",
        code="int",
        product_id="int fk products.id",
    ),
    table(
        "shipments",
        fks=(
            (("region", "code"), "depots", ("region", "code")),
            (("region", "code", "product_id"), "stock", ("region", "code", "product_id")),
        ),
        id="serial pk",
        region="varchar(8) nn",
        code="int nn",
        product_id="int nn",
    ),
)


def test_a_narrow_key_inside_a_wide_one_follows_from_it():
    plan, rows = rows_of(STOCKED, rows=300)
    assert orphans(STOCKED, rows) == {}
    assert repeats(STOCKED, rows) == {}
    assert list(plan.table("shipments").relations_by_name) == ["region,code,product_id"]


def test_a_narrow_key_that_nothing_implies_narrows_the_wide_one():
    """Where `wide` has columns of another table than `narrow`, only what both have is picked."""
    one = schema(
        table("wide", pk=("a", "b"), a="int", b="int"),
        table("narrow", a="int pk"),
        table("t", fks=((("a", "b"), "wide", ("a", "b")), (("a",), "narrow", ("a",))), id="serial pk", a="int nn", b="int nn"),
    )
    _, rows = rows_of(one, rows=200, rows_by_table={"narrow": 40})
    assert orphans(one, rows) == {}
    assert len(set(rows["t"]["a"])) > 5


def test_one_column_that_refers_to_two_tables_holds_what_both_have():
    one = schema(
        table("persons", id="serial pk"),
        table("accounts", id="serial pk"),
        table("logins", fks=((("id",), "persons", ("id",)), (("id",), "accounts", ("id",))), serial="serial pk", id="int nn"),
    )
    plan, rows = rows_of(one, rows=100, rows_by_table={"accounts": 30})
    assert orphans(one, rows) == {}
    assert list(plan.table("logins").relations_by_name) == ["id", "id -> accounts"]


def test_a_subtype_picks_parents_of_its_type_each_once():
    is_car = Comparison(operator="=", left=ColumnRef(name="type"), right=Literal(type="text", text="car"))
    vehicles = table("vehicles", unique=(("id", "type"),), id="serial pk", type="enum(car|boat|plane) nn")
    cars = table("cars", checks=(is_car,), fks=((("id", "type"), "vehicles", ("id", "type")),), id="int pk", type="varchar(10) nn")
    one = schema(vehicles, cars)
    _, rows = rows_of(one, rows_by_table={"vehicles": 200, "cars": 20})
    assert orphans(one, rows) == {}
    assert repeats(one, rows) == {}
    assert set(rows["cars"]["type"]) == {"car"}


COMPANIES = table("companies", id="serial pk", name="varchar(60) nn")
PRODUCTS = table("products", id="serial pk", company_id="int nn fk companies.id", parent_id="int fk products.id")
ORDERS = table("orders", id="serial pk", company_id="int nn fk companies.id")
ITEMS = table("order_items", pk=("order_id", "line_no"), order_id="int fk orders.id", line_no="int", product_id="int nn fk products.id")
SHOP = schema(COMPANIES, PRODUCTS, ORDERS, ITEMS)
SHOP_MIXES = (
    {"rows": 500},
    {"rows": 50},
    {"rows": 1},
    {"rows_by_table": {"companies": 20, "products": 300, "orders": 500, "order_items": 2000}},
    {"rows_by_table": {"companies": 1000, "products": 40, "orders": 700, "order_items": 900}},
)


def companies_of_items(rows):
    """Return (company of the order, company of the product) of every item."""
    of_order, of_product = (dict(tuples(rows[t], ("id", "company_id"))) for t in ("orders", "products"))
    return [(of_order[o], of_product[p]) for o, p in tuples(rows["order_items"], ("order_id", "product_id"))]


@pytest.mark.parametrize("request_", SHOP_MIXES, ids=str)
def test_the_product_of_an_item_is_of_the_company_its_order_is_from(request_):
    _, rows = rows_of(SHOP, **request_)
    assert orphans(SHOP, rows) == {}
    pairs = companies_of_items(rows)
    assert pairs
    assert all(order == product for order, product in pairs)


def test_a_diamond_does_not_collapse_to_one_company():
    _, rows = rows_of(SHOP, rows=1000)
    assert len({order for order, _ in companies_of_items(rows)}) > 100
    assert max(Counter(rows["order_items"]["product_id"]).values()) < 100


def test_the_reason_of_a_diamond_is_in_the_plan_and_a_request_switches_it_off():
    plan = infer_plan(SHOP, DatasetRequest())
    assert plan.table("order_items").relations_by_name["product_id"].reason == "one of the company_id of its orders, by order_id"
    plain = infer_plan(SHOP, DatasetRequest(coherence=CoherenceRequest(off=("diamonds_close", "managers_share_scope"))))
    assert isinstance(plain.table("order_items").relations_by_name["product_id"].fan_out, Attachment)
    assert isinstance(plain.table("orders").relations_by_name["company_id"].fan_out, Attachment)
    assert isinstance(plain.table("products").relations_by_name["parent_id"].fan_out, Earlier)


def test_foreign_keys_are_never_switched_off():
    plan = infer_plan(MEMBERSHIPS, DatasetRequest(coherence=CoherenceRequest(off=("all",))))
    assert isinstance(plan.table("memberships").relations_by_name["tenant_id,person_id"].fan_out, Matching)


def test_a_row_of_one_scope_over_two_ways_takes_it_from_its_parent():
    reviews = table("refunds", id="serial pk", company_id="int nn fk companies.id", order_id="int nn fk orders.id")
    one = schema(COMPANIES, ORDERS, reviews)
    _, rows = rows_of(one, rows=200)
    of_order = dict(tuples(rows["orders"], ("id", "company_id")))
    assert all(of_order[o] == c for o, c in tuples(rows["refunds"], ("order_id", "company_id")))


def test_a_parent_that_may_be_missing_follows_the_rows_own_scope():
    """A branch's campaign is optional: it is one of the branch's company, and the company still has products for its lines."""
    campaigns = table("campaigns", id="serial pk", company_id="int nn fk companies.id")
    branches = table("branches", id="serial pk", company_id="int nn fk companies.id", campaign_id="int fk campaigns.id")
    offers = table("branch_offers", pk=("branch_id", "product_id"), branch_id="int fk branches.id", product_id="int fk products.id")
    one = schema(COMPANIES, campaigns, PRODUCTS, branches, offers)
    _, rows = rows_of(one, rows=300)
    of_campaign, of_branch, of_product = (dict(tuples(rows[t], ("id", "company_id"))) for t in ("campaigns", "branches", "products"))
    with_campaign = [(b, c) for b, c in tuples(rows["branches"], ("id", "campaign_id")) if c is not None]
    assert len(with_campaign) > 100
    assert all(of_branch[b] == of_campaign[c] for b, c in with_campaign)
    assert all(of_branch[b] == of_product[p] for b, p in tuples(rows["branch_offers"], ("branch_id", "product_id")))


def test_people_who_act_tie_nothing_together():
    users = table("users", id="serial pk")
    posts = table("posts", id="serial pk", user_id="int nn fk users.id", created_by="int nn fk users.id")
    comments = table("comments", id="serial pk", post_id="int nn fk posts.id", user_id="int nn fk users.id", parent_id="int fk comments.id")
    plan = infer_plan(schema(users, posts, comments), DatasetRequest())
    assert isinstance(plan.table("comments").relations_by_name["user_id"].fan_out, Attachment)
    assert [c.parent_column for c in plan.table("comments").relations_by_name["parent_id"].fan_out.conditions] == ["post_id"]


def test_a_junction_of_a_diamond_keeps_its_pairs_apart():
    lines = table("order_lines", pk=("order_id", "product_id"), order_id="int fk orders.id", product_id="int fk products.id")
    one = schema(COMPANIES, PRODUCTS, ORDERS, lines)
    _, rows = rows_of(one, rows=400, rows_by_table={"companies": 20})
    assert repeats(one, rows) == {}
    of_order, of_product = (dict(tuples(rows[t], ("id", "company_id"))) for t in ("orders", "products"))
    assert all(of_order[o] == of_product[p] for o, p in tuples(rows["order_lines"], ("order_id", "product_id")))


MANAGES = (("company_id", "manager_number"), "employees", ("company_id", "number"))
STAFF = schema(
    COMPANIES,
    table("employees", pk=("company_id", "number"), fks=(MANAGES,), company_id="int fk companies.id", number="int", manager_number="int"),
    table("workers", id="serial pk", company_id="int nn fk companies.id", manager_id="int fk workers.id"),
)


def test_a_manager_works_in_the_same_company_and_is_another_row():
    _, rows = rows_of(STAFF, rows=400, rows_by_table={"companies": 40})
    assert orphans(STAFF, rows) == {}
    assert all(m is None or m < n for n, m in tuples(rows["employees"], ("number", "manager_number")))
    company = dict(tuples(rows["workers"], ("id", "company_id")))
    managed = [(i, m) for i, m in tuples(rows["workers"], ("id", "manager_id")) if m is not None]
    assert len(managed) > 250
    assert all(company[i] == company[m] and m < i for i, m in managed)


def test_managers_form_a_forest_of_believable_depth():
    _, rows = rows_of(STAFF, rows=2000, rows_by_table={"companies": 10})
    boss = dict(tuples(rows["workers"], ("id", "manager_id")))

    def depth(worker):
        return 0 if boss[worker] is None else 1 + depth(boss[worker])

    depths = [depth(w) for w in boss]
    assert 2 <= sum(depths) / len(depths) <= 7
    assert max(depths) < 25


def test_a_child_that_needs_a_value_passes_over_parents_without_one():
    suppliers = table("companies", id="serial pk", tax_code="varchar(12) uq")
    one = schema(suppliers, table("supplies", id="serial pk", supplier_tax_code="varchar(12) nn fk companies.tax_code"))
    plan, rows = rows_of(one, rows=300)
    assert plan.table("supplies").relations[0].fan_out.not_null == ("tax_code",)
    assert None in rows["companies"]["tax_code"]
    assert None not in rows["supplies"]["supplier_tax_code"]
    assert orphans(one, rows) == {}


GROWING = (MEMBERSHIPS, PAIRS, SHOP, STAFF, STOCKED)


@pytest.mark.parametrize("one", GROWING, ids=lambda s: s.tables[-1].name)
def test_tables_that_grow_alike_keep_their_rows(one):
    _, small = rows_of(one, rows=300)
    _, large = rows_of(one, rows=600)
    for name, columns in small.items():
        for column, values in columns.items():
            assert large[name][column][:300] == values, f"{name}.{column}"


@pytest.mark.parametrize("one", GROWING, ids=lambda s: s.tables[-1].name)
def test_any_range_of_rows_is_the_same_as_in_the_whole(one):
    plan, whole = rows_of(one, rows=200)
    for start, stop in ((0, 1), (37, 112), (199, 200)):
        generator = Generator(one, plan)
        for each in plan.tables:
            part = generator.generate_rows(each.table, start, stop).to_pydict()
            assert part == {c: v[start:stop] for c, v in whole[each.table].items()}, each.table


LOCK, HOLDER = ("area", "slot", "exclusive"), ("area", "slot", "ticket")
CLAIMS = schema(
    table(
        "claims",
        fks=((HOLDER, "holders", HOLDER),),
        unique=(LOCK[:2], LOCK),
        area="text nn",
        slot="text nn",
        exclusive="bool nn",
        ticket="text nn",
    ),
    table(
        "holders", fks=((LOCK, "claims", LOCK),), unique=(HOLDER,), area="text nn", slot="text nn", exclusive="bool nn", ticket="text nn"
    ),
)


@pytest.mark.parametrize("counts", [{}, {"rows_by_table": {"holders": 130}}], ids=["as many", "more holders"])
@pytest.mark.parametrize("rows", [1, 7, 60])
def test_two_tables_whose_keys_lead_back_to_one_another_agree(rows, counts) -> None:
    _, made = rows_of(CLAIMS, rows=rows, **counts)
    assert orphans(CLAIMS, made) == {}
    assert repeats(CLAIMS, made) == {}
