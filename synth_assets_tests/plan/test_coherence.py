"""Columns that must agree: persons, dates, statuses, numbers, reviews."""

from datetime import timedelta

from synth_assets.plan import infer_plan, validate_plan
from synth_assets.plan.model import AS_OF, Layout
from synth_assets.plan.request import DatasetRequest
from synth_assets.plan.strategies import Case, Fraction, Offset, Product, Reference, Temporal
from synth_assets_tests.plan.schemas import schema, table


def plan_of(*tables, rows=100):
    one = schema(*tables)
    plan = infer_plan(one, DatasetRequest(rows=rows))
    assert [d for d in validate_plan(one, plan) if d.is_error] == []
    return plan


def test_first_names_follow_gender():
    strategy = (
        plan_of(table("members", id="serial pk", first_name="text", gender="enum(Male|Female|Other)"))
        .tables[0]
        .column("first_name")
        .strategy
    )
    assert isinstance(strategy, Case)
    assert {b.values: b.strategy.name for b in strategy.branches} == {("Male",): "first_name.male", ("Female",): "first_name.female"}


def test_a_loan_is_due_after_it_is_lent_and_returned_only_when_returned():
    loans = table(
        "loans",
        id="serial pk",
        loan_date="timestamp nn",
        due_date="date nn",
        return_date="timestamp",
        loan_status="enum(CheckedOut|Returned|Overdue)",
    )
    plan = plan_of(loans).tables[0]
    due, back = plan.column("due_date").strategy, plan.column("return_date")
    assert isinstance(due, Offset)
    assert (due.base, due.low, due.high, due.maximum) == (Reference(column="loan_date"), 14, 28, None)
    assert isinstance(back.strategy, Offset)
    assert back.strategy.base == Reference(column="loan_date")
    assert back.strategy.maximum == AS_OF
    assert set(back.null_when[0].values) == {"CheckedOut", "Overdue", None}
    assert back.null_fraction == 0


def test_overdue_loans_are_past_their_due_date_and_open_ones_are_not():
    loans = table("loans", id="serial pk", loan_date="date nn", due_date="date nn", status="enum(borrowed|returned|overdue)")
    strategy = plan_of(loans).tables[0].column("loan_date").strategy
    windows = {v: b.strategy for b in strategy.branches for v in b.values}
    assert windows["overdue"].high + timedelta(days=28) < AS_OF
    assert windows["borrowed"].low + timedelta(days=14) > AS_OF


def test_who_joined_was_adult_and_deaths_follow_births():
    plan = plan_of(table("members", id="serial pk", birth_date="date", join_date="date nn", death_date="date")).tables[0]
    birth, death = plan.column("birth_date").strategy, plan.column("death_date")
    assert birth.base == Reference(column="join_date")
    assert birth.high <= -18 * 365
    assert death.strategy.base == Reference(column="birth_date")
    assert death.null_fraction >= 0.5


def test_what_happens_to_a_parent_comes_after_it():
    customers = table("customers", id="serial pk", registration_date="timestamp nn")
    orders = table("orders", id="serial pk", customer_id="int nn fk customers.id", order_date="timestamp nn", shipped_date="timestamp")
    plan = plan_of(customers, orders).table("orders")
    assert plan.column("order_date").strategy.base == Reference(column="registration_date", relation="customer_id")
    assert plan.column("shipped_date").strategy.base == Reference(column="order_date")


def test_dates_never_follow_a_parent_in_a_cycle():
    one = table("a", id="serial pk", b_id="int fk b.id", created_at="timestamp")
    other = table("b", id="serial pk", a_id="int fk a.id", created_at="timestamp")
    plan = plan_of(one, other)
    across = [t.table for t in plan.tables if isinstance(t.column("created_at").strategy, Offset)]
    assert len(across) <= 1


def test_subtotals_are_quantity_times_the_parents_price():
    menu = table("menu", id="serial pk", price="numeric(10,2) nn")
    orders = table("orders", id="serial pk")
    items = table(
        "order_items",
        id="serial pk",
        order_id="int nn fk orders.id",
        menu_id="int nn fk menu.id",
        quantity="int nn",
        subtotal="numeric(10,2) nn",
    )
    plan = plan_of(menu, orders, items).table("order_items")
    assert plan.column("subtotal").strategy == Product(
        left=Reference(column="quantity"), right=Reference(column="price", relation="menu_id")
    )
    assert isinstance(plan.relations_by_name["order_id"].fan_out, Layout)


def test_available_copies_are_some_of_the_copies():
    plan = plan_of(table("inventory", id="serial pk", quantity="int nn", available_quantity="int nn")).tables[0]
    assert isinstance(plan.column("available_quantity").strategy, Fraction)


def test_fines_are_only_for_the_late():
    strategy = (
        plan_of(table("loans", id="serial pk", fine_amount="numeric(8,2)", status="enum(Returned|Overdue|Lost)"))
        .tables[0]
        .column("fine_amount")
        .strategy
    )
    assert strategy.branches[0].values == ("Overdue", "Lost")
    assert strategy.otherwise.value == "0"


def test_reviews_follow_their_rating():
    strategy = plan_of(table("reviews", id="serial pk", rating="int nn", review_text="text")).tables[0].column("review_text").strategy
    topics = {v: b.strategy.topic for b in strategy.branches for v in b.values}
    assert topics["1"] == "review.negative"
    assert topics["3"] == "review.mixed"
    assert strategy.otherwise.topic == "review.positive"


def test_is_active_follows_the_termination():
    plan = plan_of(table("employees", id="serial pk", hire_date="date nn", termination_date="date", is_active="bool nn")).tables[0]
    assert plan.column("is_active").strategy.column == "termination_date"
    assert plan.column("termination_date").strategy.base == Reference(column="hire_date")
    assert plan.column("termination_date").null_fraction >= 0.7


def test_no_event_is_dated_after_today():
    columns = dict.fromkeys(
        ("created_at", "updated_at", "order_date", "shipped_at", "delivered_at", "hire_date", "birth_date", "published_at"), "timestamp"
    )
    for column in plan_of(table("things", id="serial pk", **columns)).tables[0].columns:
        if isinstance(column.strategy, Temporal):
            assert column.strategy.high <= AS_OF
        elif isinstance(column.strategy, Offset) and column.strategy.high > 0:
            assert column.strategy.maximum == AS_OF


def test_statuses_are_weighted_by_what_they_say():
    plan = plan_of(table("accounts", id="serial pk", status="enum(Suspended|Active|Other) default='Active'")).tables[0]
    weights = dict(zip(plan.column("status").strategy.values, plan.column("status").strategy.weights, strict=True))
    assert weights["Active"] > 10 * weights["Suspended"]
    assert plan.column("status").null_fraction == 0
