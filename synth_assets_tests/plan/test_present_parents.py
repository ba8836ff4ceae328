"""Keys that must hold a value, to columns that may be NULL: who chooses, who is asked to be there, and how the rest lie."""

import pyarrow as pa
import pytest

from synth_assets.engine import Generator
from synth_assets.errors import PlanError
from synth_assets.pipeline.plan import plan_dataset
from synth_assets.plan import infer_plan, validate_plan
from synth_assets.plan.model import Attachment, Matching, OneToOne, Plan
from synth_assets.plan.request import ColumnOverride, DatasetRequest, TableOverride
from synth_assets.schema.expressions import ColumnRef, Comparison, InList, Literal
from synth_assets.schema.model import Schema
from synth_assets_tests.plan.schemas import schema, table

SEATS = table("seats", id="serial pk")
GUESTS = table("guests", id="serial pk", seat_id="int uq fk seats.id")
"""A guest has a seat, or none: most have none where there are few seats."""


def rows_of(one: Schema, **rows: int) -> tuple[Plan, dict[str, pa.Table]]:
    """The plan, in which validation finds nothing wrong, and the rows of every table."""
    plan = plan_dataset(one, DatasetRequest(rows_by_table=rows)).plan
    generator = Generator(one, plan)
    return plan, {t.key: generator.generate_rows(t.key, 0, plan.table(t.key).row_count) for t in one.tables}


def errors_of(one: Schema, **rows: int) -> list[str]:
    return [d.code for d in validate_plan(one, infer_plan(one, DatasetRequest(rows_by_table=rows))) if d.is_error]


def test_few_parents_lie_evenly_among_optional_children_and_stay_with_them():
    one = schema(SEATS, GUESTS)
    plan, small = rows_of(one, seats=7, guests=40)
    _, large = rows_of(one, seats=21, guests=120)
    relation = plan.table("guests").relations[0]
    assert relation.fan_out == OneToOne(parents=7, children=40)
    assert relation.may_lack
    assert large["guests"].slice(0, 40).equals(small["guests"])
    seats = [s for s in large["guests"]["seat_id"].to_pylist() if s is not None]
    assert seats == sorted(set(seats))
    assert seats[0] == 1, "row 0 is never without"
    assert len(seats) > 12
    assert any(s is not None for s in large["guests"]["seat_id"].to_pylist()[80:]), "the last have seats as the first have"


def test_as_many_parents_as_children_are_one_each():
    for seats in (40, 90):
        assert rows_of(schema(SEATS, GUESTS), seats=seats, guests=40)[0].table("guests").relations[0].fan_out == OneToOne()


@pytest.mark.parametrize(("seats", "bound"), [(40, 40), (7, 7)])
def test_one_each_of_optional_keys_asks_them_to_be_there(seats: int, bound: int):
    """Seven seats, 40 guests: 7 of them are seated, each of whom may be one of seven speakers; an eighth could not be."""
    speakers = table("speakers", seat_id="int pk fk guests.seat_id")
    one = schema(SEATS, GUESTS, speakers)
    plan, rows = rows_of(one, seats=seats, guests=40, speakers=bound)
    assert plan.table("guests").relations[0].null_fraction == 0
    taken = rows["speakers"]["seat_id"].to_pylist()
    assert len(set(taken)) == bound
    assert set(taken) <= set(rows["guests"]["seat_id"].to_pylist()) - {None}
    assert "PLAN131" in errors_of(one, seats=seats, guests=40, speakers=bound + 1)


def test_what_is_asked_for_is_asked_for_all_the_way_up():
    """A badge is of a pass is of a guest's e-mail: no badge may be NULL, so no e-mail is, though every one might be."""
    guests = table("guests", id="serial pk", email="varchar(80) uq")
    passes = table("passes", id="serial pk", email="varchar(80) uq fk guests.email")
    badges = table("badges", email="varchar(80) pk fk passes.email")
    plan, rows = rows_of(schema(guests, passes, badges), guests=60, passes=60, badges=60)
    assert plan.table("guests").column("email").null_fraction == 0
    assert sorted(rows["badges"]["email"].to_pylist()) == sorted(rows["guests"]["email"].to_pylist())
    plan, _ = rows_of(schema(guests, passes), guests=60, passes=60)
    assert plan.table("guests").column("email").null_fraction > 0, "nobody needs all of them"


def test_a_child_that_can_choose_leaves_the_others_without():
    notes = table("notes", id="serial pk", seat_id="int nn fk guests.seat_id")
    plan, rows = rows_of(schema(SEATS, GUESTS, notes), seats=7, guests=40, notes=300)
    relation = plan.table("notes").relations[0]
    assert isinstance(relation.fan_out, Matching)
    assert relation.fan_out.not_null == ("seat_id",)
    assert plan.table("guests").relations[0].null_fraction > 0
    assert rows["notes"]["seat_id"].null_count == 0


def test_a_self_reference_that_must_be_there_skips_rows_without_the_key():
    rounds = table("rounds", id="serial pk", seat_id="int uq fk seats.id", after="int nn fk rounds.seat_id")
    _, rows = rows_of(schema(SEATS, rounds), seats=30, rounds=30)
    after, seats = rows["rounds"]["after"].to_pylist(), rows["rounds"]["seat_id"].to_pylist()
    assert None in seats
    assert None not in after
    assert all(a in seats[: i + 1] for i, a in enumerate(after))


def test_keys_that_a_check_tells_apart_do_not_choose_so_all_are_there():
    checks = (Comparison(operator="<>", left=ColumnRef(name="from_mail"), right=ColumnRef(name="to_mail")),)
    guests = table("guests", id="serial pk", email="varchar(80) uq")
    letters = table(
        "letters", checks=checks, id="serial pk", from_mail="varchar(80) nn fk guests.email", to_mail="varchar(80) nn fk guests.email"
    )
    plan, rows = rows_of(schema(guests, letters), guests=40, letters=200)
    assert {type(r.fan_out) for r in plan.table("letters").relations} == {Attachment}
    pairs = zip(rows["letters"]["from_mail"].to_pylist(), rows["letters"]["to_mail"].to_pylist(), strict=True)
    assert all(a and b and a != b for a, b in pairs)


def test_a_junction_lists_its_pairs_among_those_that_have_a_key():
    talks = table("talks", id="serial pk")
    speeches = table("speeches", pk=("seat_id", "talk_id"), seat_id="int fk guests.seat_id", talk_id="int fk talks.id")
    for counts in ({"talks": 200, "speeches": 60}, {"talks": 5, "speeches": 20}):
        _, rows = rows_of(schema(SEATS, GUESTS, talks, speeches), seats=9, guests=40, **counts)
        pairs = list(zip(rows["speeches"]["seat_id"].to_pylist(), rows["speeches"]["talk_id"].to_pylist(), strict=True))
        assert len(set(pairs)) == counts["speeches"]
        assert None not in {side for pair in pairs for side in pair}


def test_what_counts_within_a_parent_cannot_choose_and_is_refused():
    lines = table("lines", pk=("seat_id", "line_no"), seat_id="int fk guests.seat_id", line_no="int")
    assert errors_of(schema(SEATS, GUESTS, lines), seats=7, guests=40, lines=20) == ["PLAN122"]
    assert errors_of(schema(SEATS, GUESTS, lines), seats=40, guests=40, lines=20) == []


def test_an_override_that_takes_away_what_children_need_is_refused():
    guests = table("guests", id="serial pk", email="varchar(80) uq")
    one = schema(guests, table("badges", email="varchar(80) pk fk guests.email"))
    request = DatasetRequest(rows=20, overrides={"guests": TableOverride(columns={"email": ColumnOverride(null_fraction=0.5)})})
    with pytest.raises(PlanError, match="PLAN122"):
        plan_dataset(one, request)


def test_few_rows_of_a_type_lie_evenly_among_optional_children_and_stay_with_them():
    """A ticket may be a speaker's: of the seats that are of that type, each at most once, as they come to be."""
    kinds = (InList(operand=ColumnRef(name="kind"), options=(Literal(type="text", text="speaker"),)),)
    parts = table("parts", pk=("id", "kind"), id="int", kind="enum(guest|speaker)")
    tickets = table(
        "tickets", checks=kinds, unique=(("part_id", "kind"),), id="serial pk", part_id="int", kind="enum(guest|speaker) nn",
        fks=((("part_id", "kind"), "parts", ("id", "kind")),),
    )  # fmt: skip
    one = schema(parts, tickets)
    plan, small = rows_of(one, parts=60, tickets=120)
    _, large = rows_of(one, parts=120, tickets=240)
    relation = plan.table("tickets").relations[0]
    assert isinstance(relation.fan_out, Matching)
    assert (relation.fan_out.once, relation.fan_out.waits) == (True, True)
    taken = [p for p in large["tickets"]["part_id"].to_pylist() if p is not None]
    assert len(taken) == len(set(taken)) > 20
    assert large["tickets"].slice(0, 120).equals(small["tickets"])


def test_the_first_row_of_a_junction_is_of_the_first_of_both():
    pairs = table("pairs", pk=("a_id", "b_id"), a_id="int fk a.id", b_id="int fk b.id")
    for count in (5, 40):
        _, rows = rows_of(schema(table("a", id="serial pk"), table("b", id="serial pk"), pairs), a=10, b=10, pairs=count)
        found = list(zip(rows["pairs"]["a_id"].to_pylist(), rows["pairs"]["b_id"].to_pylist(), strict=True))
        assert found[0] == (1, 1)
        assert len(set(found)) == count
