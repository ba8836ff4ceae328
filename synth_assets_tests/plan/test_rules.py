"""What the rules make of names, types and tables, as data: one line a column."""

import pytest

from synth_assets.plan import infer_plan, validate_plan
from synth_assets.plan.request import DatasetRequest
from synth_assets.plan.rules.catalog import COHERENCE_RULES, COLUMN_RULES, CONSTRAINT_RULES
from synth_assets.plan.rules.evidence import table_words, words_of
from synth_assets.plan.strategies import Record, Text, Vocabulary
from synth_assets_tests.plan.schemas import schema, table

EXPECTED = """
customers    first_name       varchar(50)     vocabulary:first_name
customers    lastname         varchar(50)     vocabulary:last_name
people       FirstName        text            vocabulary:first_name
customers    name             varchar(100)    template
suppliers    name             varchar(100)    vocabulary:templates.company_name
publishers   name             varchar(255)    vocabulary:templates.publisher_name
departments  name             varchar(100)    vocabulary:department
restaurants  name             varchar(255)    vocabulary:templates.restaurant_name
projects     name             varchar(255)    vocabulary:templates.project_name
books        title            varchar(255)    vocabulary:templates.book_title
employees    job_title        varchar(100)    vocabulary:job_title
users        username         varchar(50)     template
users        email_address    varchar(255)    email
users        password_hash    varchar(255)    pattern
users        avatar_url       text            template
users        website          varchar(255)    template
users        ip_address       varchar(45)     pattern
books        isbn             varchar(20)     pattern
products     sku              varchar(20)     pattern
vehicles     license_plate    varchar(10)     pattern
books        genre            varchar(100)    vocabulary:genre.book
tracks       genre            varchar(100)    vocabulary:genre.music
books        language         varchar(50)     vocabulary:language
branches     opening_hours    varchar(255)    vocabulary:opening_hours
companies    industry         varchar(100)    vocabulary:industry
orders       payment_method   varchar(30)     vocabulary:payment_method
orders       status           varchar(30)     vocabulary:order_status
authors      biography        text            text:biography
products     description      text            text:product
orders       special_instructions text        text:special_instructions
reviews      goals_set        text            text:goal
customers    phone            varchar(20)     record:phone
customers    country          varchar(60)     vocabulary:country
customers    address          varchar(255)    template
employees    salary           numeric(10,2)   number:30000:250000
products     unitPrice        numeric(10,2)   number:1:500
projects     budget           numeric(12,2)   number:5000:5000000
loans        fine_amount      numeric(10,2)   number:0.50:50
orders       qty              int             number:1:20
books        number_of_pages  int             number:48:1200
reviews      rating           int             categorical
restaurants  rating           numeric(3,2)    number:1:5
products     discount         numeric(4,3)    number:0:0.3
people       age              int             number:18:85
places       lat              float           record:latitude
users        is_active        bool            categorical
users        date_of_birth    date            temporal
users        created_at       timestamp       temporal
users        opens            time            temporal
users        external_ref     uuid            uuid
users        payload          bytes           bytes
users        settings         json            template
users        blob_text        text            text:description
users        x                int             number:1:1000
"""


def describe(strategy):
    match strategy.kind:
        case "vocabulary":
            return f"vocabulary:{strategy.name}"
        case "text":
            return f"text:{strategy.topic}"
        case "record":
            return f"record:{strategy.field}"
        case "number":
            return f"number:{strategy.low}:{strategy.high}"
        case kind:
            return kind


@pytest.mark.parametrize("line", EXPECTED.strip().splitlines())
def test_a_column_gets_the_strategy_its_name_and_type_suggest(line):
    table_name, column, sql_type, expected = line.split()
    one = schema(table(table_name, id="serial pk", **{column: sql_type}))
    plan = infer_plan(one, DatasetRequest(rows=50))
    column_plan = plan.tables[0].column(column)
    assert describe(column_plan.strategy) == expected
    assert column_plan.reason
    assert validate_plan(one, plan) == ()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("custEmailAddr", ("customer", "email", "address")),
        ("order_qty", ("order", "quantity")),
        ("firstname", ("first", "name")),
        ("orderdate", ("order", "date")),
        ("DOB", ("birth", "date")),
        ("HTTPStatusCode", ("http", "status", "code")),
        ("Größe", ("gr", "e")),
        ("___", ()),
    ],
)
def test_names_are_cut_into_words(name, words):
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("name", "words"),
    [("Order_Items", ("order", "item")), ("Library_Branches", ("library", "branch")), ("people", ("person",)), ("tbl_users", ("user",))],
)
def test_table_names_lose_their_plural(name, words):
    assert table_words(table(name, id="serial pk")) == words


def test_every_rule_is_named_once_and_says_what_it_does():
    rules = (*COLUMN_RULES, *COHERENCE_RULES, *CONSTRAINT_RULES)
    assert len({r.__name__ for r in rules}) == len(rules)
    assert all(r.__doc__ and r.__doc__.split("\n")[0].endswith(".") for r in rules)
    assert COLUMN_RULES[-1].__name__ == "by_type"
    assert CONSTRAINT_RULES[-1].__name__ == "respect_not_null"


def test_every_vocabulary_the_rules_name_exists():
    """Plans over every name in the rules' tables validate, so no vocabulary is misspelt."""
    from synth_assets.plan.rules import codes, organizations, people, prose
    from synth_assets.vocabulary import word_list_names

    named = (
        {v for _, v in organizations._NAMES} | {v for _, v in organizations._NOUNS if v != "full name"} | {v for _, v, _ in people._WORDS}
    )
    named |= {s.name for _, s in codes._SHAPES if isinstance(s, Vocabulary)}
    named |= {f"sentences.{t}" for _, t, _, _ in prose._BY_NAME} | {f"sentences.{t}" for _, t in prose._TOPIC_OF_NOUN}
    assert named <= set(word_list_names())


def test_city_state_and_phone_of_one_prefix_are_one_record():
    one = schema(
        table("orders", id="serial pk", billing_city="text", billing_state="char(2)", shipping_city="text", shipping_zip="varchar(10)")
    )
    plan = infer_plan(one, DatasetRequest(rows=5)).tables[0]
    groups = {c.column: c.strategy.group for c in plan.columns if isinstance(c.strategy, Record)}
    assert groups == {"billing_city": "billing", "billing_state": "billing", "shipping_city": "shipping", "shipping_zip": "shipping"}
    assert plan.column("billing_state").strategy.field == "state_code"


def test_a_state_without_an_address_is_a_status():
    one = schema(table("jobs", id="serial pk", state="varchar(20)"))
    assert infer_plan(one, DatasetRequest(rows=5)).tables[0].column("state").strategy == Vocabulary(name="task_status")


def test_a_table_prefix_is_no_part_of_the_names():
    one = schema(table("customer", c_custkey="int pk", c_name="varchar(25)", c_phone="char(15)", c_comment="varchar(117)"))
    plan = infer_plan(one, DatasetRequest(rows=5)).tables[0]
    assert plan.column("c_name").strategy.kind == "template"
    assert isinstance(plan.column("c_comment").strategy, Text)
