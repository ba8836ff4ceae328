"""A workshop in three dialects, rows that all of them accept, and one way of spoiling the rows for every kind of constraint.

The rows are text as a CSV file holds them: whether `abc` is a number is the database's to say.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pyarrow as pa

from synth_assets.ddl import read_ddl
from synth_assets.schema.model import Schema

Rows = dict[str, dict[str, list[str | None]]]

POSTGRES = """
CREATE DOMAIN percentage AS integer CONSTRAINT is_percentage CHECK (VALUE BETWEEN 0 AND 100);
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'triggers stay silent'; END $$;
CREATE TABLE makers (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code varchar(6) NOT NULL UNIQUE,
    name text NOT NULL,
    founded date,
    rating numeric(4,2) CHECK (rating <= 5),
    best_number smallint
);
CREATE UNIQUE INDEX one_name ON makers (lower(name)) WHERE founded IS NOT NULL;
CREATE TABLE parts (
    maker_id integer NOT NULL REFERENCES makers (id),
    number smallint NOT NULL,
    price numeric(8,2) NOT NULL CONSTRAINT price_is_positive CHECK (price > 0),
    tax numeric(8,2) NOT NULL,
    gross numeric(9,2) GENERATED ALWAYS AS (price + tax) STORED,
    share percentage,
    valid_from timestamp NOT NULL,
    valid_to timestamp,
    CHECK (valid_to >= valid_from),
    CHECK (tax = price * 0.20),
    PRIMARY KEY (maker_id, number),
    CONSTRAINT slots_apart EXCLUDE USING gist (tsrange(valid_from, valid_to) WITH &&) WHERE (share = 100)
);
ALTER TABLE makers ADD CONSTRAINT best_part FOREIGN KEY (id, best_number) REFERENCES parts (maker_id, number);
CREATE TRIGGER refuse BEFORE INSERT ON makers FOR EACH ROW EXECUTE FUNCTION refuse();
INSERT INTO makers (code, name) VALUES ('never', 'read');
GRANT SELECT ON makers TO nobody_knows;
"""

MYSQL = """
CREATE DATABASE workshop; USE workshop;
SET FOREIGN_KEY_CHECKS = 0;
CREATE TABLE makers (
    id integer AUTO_INCREMENT PRIMARY KEY,
    code varchar(6) NOT NULL UNIQUE,
    name varchar(80) NOT NULL,
    founded date,
    rating decimal(4,2) CHECK (rating <= 5),
    best_number smallint,
    CONSTRAINT best_part FOREIGN KEY (id, best_number) REFERENCES parts (maker_id, number)
) ENGINE=InnoDB;
CREATE TABLE workshop.parts (
    maker_id integer NOT NULL,
    number smallint NOT NULL,
    price decimal(8,2) NOT NULL,
    tax decimal(8,2) NOT NULL,
    gross decimal(9,2) AS (price + tax) STORED,
    share integer CHECK (share BETWEEN 0 AND 100),
    valid_from datetime NOT NULL,
    valid_to datetime,
    CHECK (valid_to >= valid_from),
    CHECK (tax = price * 0.20),
    CONSTRAINT price_is_positive CHECK (price > 0),
    PRIMARY KEY (maker_id, number),
    FOREIGN KEY (maker_id) REFERENCES makers (id)
) ENGINE=InnoDB;
INSERT INTO makers (code, name) VALUES ('never', 'read');
DELIMITER //
CREATE TRIGGER refuse BEFORE INSERT ON makers FOR EACH ROW BEGIN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'triggers stay silent'; END//
DELIMITER ;
"""

SQLITE = """
CREATE TABLE makers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    code VARCHAR(6) NOT NULL UNIQUE CHECK (length(code) <= 6),
    name TEXT NOT NULL,
    founded DATE,
    rating NUMERIC CHECK (rating <= 5),
    best_number INTEGER,
    CONSTRAINT best_part FOREIGN KEY (id, best_number) REFERENCES parts (maker_id, number)
);
CREATE UNIQUE INDEX one_name ON makers (lower(name)) WHERE founded IS NOT NULL;
CREATE TABLE parts (
    maker_id INTEGER NOT NULL REFERENCES makers (id),
    number INTEGER NOT NULL CHECK (typeof(number) = 'integer'),
    price NUMERIC NOT NULL CONSTRAINT price_is_positive CHECK (price > 0),
    tax NUMERIC NOT NULL,
    gross NUMERIC GENERATED ALWAYS AS (price + tax) STORED,
    share INTEGER CONSTRAINT is_percentage CHECK (share BETWEEN 0 AND 100),
    valid_from DATETIME NOT NULL,
    valid_to DATETIME,
    CHECK (valid_to >= valid_from),
    CHECK (abs(tax - price * 0.20) < 0.001),
    PRIMARY KEY (maker_id, number)
) WITHOUT ROWID;
CREATE TRIGGER refuse BEFORE INSERT ON makers BEGIN SELECT RAISE(ABORT, 'triggers stay silent'); END;
INSERT INTO makers (code, name) VALUES ('never', 'read');
"""

DDL = {"postgres": POSTGRES, "mysql": MYSQL, "sqlite": SQLITE}


def schema_of(dialect: str) -> Schema:
    read = read_ddl(DDL[dialect], source="workshop.sql", dialect=dialect)
    assert read.schema is not None
    return read.schema


def good_rows(makers: int = 20, parts: int = 3) -> Rows:
    """Makers and parts that refer to one another; every fourth maker has no best part and no founding day."""
    numbers = range(1, makers + 1)
    pairs = [(m, n) for m in numbers for n in range(1, parts + 1)]
    return {
        "makers": {
            "id": [str(i) for i in numbers],
            "code": [f"M{i}" for i in numbers],
            "name": [f'Maker {i}, "it\'s" \\ ö' for i in numbers],
            "founded": [None if i % 4 == 0 else f"19{i % 90 + 10}-02-28" for i in numbers],
            "rating": [f"{i % 6}.00" for i in numbers],
            "best_number": [None if i % 4 == 0 else str(i % parts + 1) for i in numbers],
        },
        "parts": {
            "maker_id": [str(m) for m, _ in pairs],
            "number": [str(n) for _, n in pairs],
            "price": [f"{m * 10 + n}.50" for m, n in pairs],
            "tax": [f"{(m * 1000 + n * 100 + 50) * 20 // 100 / 100:.2f}" for m, n in pairs],
            "share": [str((m * n) % 100) for m, n in pairs],
            "valid_from": [f"20{m % 90 + 10}-0{n}-01 00:00:00" for m, n in pairs],
            "valid_to": [f"20{m % 90 + 10}-0{n}-01 12:30:00.5" if n > 1 else None for m, n in pairs],
        },
    }


@dataclass(frozen=True)
class Corruption:
    """One way of spoiling rows, and what must be said of it.

    Attributes:
        spoil: Changes the rows in place.
        table, kind: What rejects them.
        constraint: Part of the constraint's name or label, by dialect where they differ.
        rows: How many rows are rejected by it.
        dialects: Those whose DDL has the constraint.
    """

    name: str
    spoil: Callable[[Rows], None]
    table: str
    kind: str
    constraint: str
    rows: int = 1
    dialects: tuple[str, ...] = ("postgres", "mysql", "sqlite")


def put(table: str, column: str, *values: tuple[int, str | None]) -> Callable[[Rows], None]:
    def spoil(rows: Rows) -> None:
        for row, value in values:
            rows[table][column][row] = value

    return spoil


def unpriced(rows: Rows) -> None:
    """Prices that only the CHECK of the price is against: the tax agrees."""
    put("parts", "price", (0, "-5.00"), (3, "0.00"))(rows)
    put("parts", "tax", (0, "-1.00"), (3, "0.00"))(rows)


CORRUPTIONS = (
    Corruption("NULL", put("makers", "name", (4, None), (9, None)), "makers", "not null", "name NOT NULL", 2),
    Corruption("a key twice", put("parts", "number", (1, "1")), "parts", "primary key", "PRIMARY KEY (maker_id, number)"),
    Corruption("a unique value twice", put("makers", "code", (3, "M1"), (7, "M1")), "makers", "unique", "code", 2),
    Corruption(
        "an expression twice under its condition",
        put("makers", "name", (0, "Same"), (1, "SAME"), (3, "same")),
        "makers",
        "unique",
        "one_name",
        1,
        ("postgres", "sqlite"),
    ),
    Corruption("orphans", put("parts", "maker_id", (5, "999"), (8, "998"), (11, "997")), "parts", "foreign key", "maker_id", 3),
    Corruption("an orphan of two columns", put("makers", "best_number", (2, "77")), "makers", "foreign key", "best_part"),
    Corruption("a named CHECK", unpriced, "parts", "check", "price_is_positive", 2),
    Corruption("a column's CHECK", put("makers", "rating", (6, "5.01")), "makers", "check", "rating"),
    Corruption("the first of two CHECKs", put("parts", "valid_to", (1, "2001-01-01 00:00:00")), "parts", "check", "valid_to"),
    Corruption("the second of two CHECKs", put("parts", "tax", (2, "99.99")), "parts", "check", "tax"),
    Corruption("a domain", put("parts", "share", (2, "101")), "parts", "check", "is_percentage", 1, ("postgres", "sqlite")),
    Corruption("a column's other CHECK", put("parts", "share", (2, "101")), "parts", "check", "share", 1, ("mysql",)),
    Corruption("no number", put("parts", "number", (4, "abc")), "parts", "type", "number", 1, ("postgres", "mysql")),
    Corruption("no number by CHECK", put("parts", "number", (4, "abc")), "parts", "check", "typeof", 1, ("sqlite",)),
    Corruption("no such day", put("makers", "founded", (0, "1999-02-31")), "makers", "type", "founded", 1, ("postgres", "mysql")),
    Corruption("out of range", put("makers", "best_number", (3, "40000")), "makers", "type", "best_number", 1, ("postgres", "mysql")),
    Corruption("too many digits", put("parts", "price", (0, "12345678.00")), "parts", "type", "price", 1, ("postgres", "mysql")),
    Corruption("too long", put("makers", "code", (0, "M123456")), "makers", "length", "code", 1, ("postgres", "mysql")),
    Corruption(
        "overlapping spans",
        lambda rows: (
            put("parts", "share", (1, "100"), (4, "100"))(rows)
            or put("parts", "valid_from", (1, "2020-01-01 00:00:00"), (4, "2020-01-05 00:00:00"))(rows)
            or put("parts", "valid_to", (1, "2020-02-01 00:00:00"), (4, "2020-02-01 00:00:00"))(rows)
        ),
        "parts",
        "exclusion",
        "slots_apart",
        1,
        ("postgres",),
    ),
)


def spoilt_by(corruption: Corruption) -> Rows:
    rows = good_rows()
    corruption.spoil(rows)
    return rows


def source_of(rows: Rows) -> Callable[[str], Iterable[pa.Table]]:
    """The rows as the chunks of text that CSV files give, seven rows at a time."""

    def chunks(key: str) -> Iterable[pa.Table]:
        whole = pa.table({name: pa.array(values, pa.string()) for name, values in rows[key].items()})
        return (whole.slice(i, 7) for i in range(0, whole.num_rows, 7))

    return chunks


def counts_of(rows: Rows) -> dict[str, int]:
    return {key: len(next(iter(columns.values()))) for key, columns in rows.items()}
