-- A marketplace whose keys take every awkward form at once. PostgreSQL; the order of statements is its own kind of hard:
-- tables refer to one another in cycles, so some keys are added at the end.

CREATE DOMAIN money_amount AS numeric(12,2) CHECK (VALUE >= 0);

CREATE FUNCTION has_text(value text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT length(trim(value)) > 0 $$;

CREATE TABLE companies (
    id            bigserial PRIMARY KEY,
    name          varchar(80) NOT NULL CHECK (has_text(name)),
    tax_code      char(9) UNIQUE,                          -- may be missing; suppliers refer to it all the same
    owner_id      bigint NOT NULL,                         -- an employee; employees need a company: a cycle without NULLs
    employee_count integer NOT NULL DEFAULT 0 CHECK (employee_count >= 0),
    founded_on    date NOT NULL
);

CREATE TABLE employees (
    company_id    bigint NOT NULL REFERENCES companies (id),
    number        integer NOT NULL CHECK (number > 0),
    id            bigint NOT NULL UNIQUE,
    full_name     varchar(80) NOT NULL,
    manager_number integer,
    hired_on      date NOT NULL,
    left_on       date CHECK (left_on IS NULL OR left_on >= hired_on),
    PRIMARY KEY (company_id, number),
    FOREIGN KEY (company_id, manager_number) REFERENCES employees (company_id, number),  -- a manager works in the same company
    CHECK (manager_number <> number)
);

ALTER TABLE companies ADD CONSTRAINT companies_owner FOREIGN KEY (owner_id) REFERENCES employees (id);

CREATE TABLE regions (
    region        char(2) PRIMARY KEY CHECK (region = upper(region)),
    label         varchar(60) NOT NULL
);

CREATE TABLE depots (
    region        char(2) NOT NULL REFERENCES regions (region),
    code          smallint NOT NULL CHECK (code BETWEEN 1 AND 9999),
    city          varchar(60) NOT NULL,
    opened_on     date NOT NULL,
    PRIMARY KEY (region, code)
);

CREATE TABLE stock (
    region        char(2) NOT NULL,
    code          smallint NOT NULL,
    product_id    bigint NOT NULL,
    quantity      integer NOT NULL CHECK (quantity >= 0),
    available     integer NOT NULL CHECK (available >= 0),
    CHECK (available <= quantity),
    PRIMARY KEY (region, code, product_id),
    FOREIGN KEY (region, code) REFERENCES depots (region, code)
);

CREATE TABLE products (
    id            bigserial PRIMARY KEY,
    company_id    bigint NOT NULL REFERENCES companies (id),
    name          varchar(120) NOT NULL,
    price         money_amount NOT NULL CHECK (price > 0),
    review_count  integer NOT NULL DEFAULT 0,
    parent_id     bigint REFERENCES products (id) CHECK (parent_id <> id),
    UNIQUE (company_id, name)
);

ALTER TABLE stock ADD FOREIGN KEY (product_id) REFERENCES products (id);

CREATE TABLE shipments (
    id            bigserial PRIMARY KEY,
    region        char(2) NOT NULL,
    code          smallint NOT NULL,
    product_id    bigint NOT NULL,
    status        varchar(10) NOT NULL CHECK (status IN ('packed', 'shipped', 'delivered', 'lost')),
    packed_at     timestamp NOT NULL,
    shipped_at    timestamp,
    delivered_at  timestamp,
    FOREIGN KEY (region, code) REFERENCES depots (region, code),
    FOREIGN KEY (region, code, product_id) REFERENCES stock (region, code, product_id),
    CHECK (status = 'packed' AND shipped_at IS NULL OR status <> 'packed' AND shipped_at IS NOT NULL),
    CHECK ((status = 'delivered') = (delivered_at IS NOT NULL)),
    CHECK (shipped_at >= packed_at AND delivered_at >= shipped_at)
);

CREATE TABLE customers (
    id            bigserial PRIMARY KEY,
    email         varchar(120) NOT NULL,
    full_name     varchar(80) NOT NULL,
    signup_date   date NOT NULL,
    order_count   integer NOT NULL DEFAULT 0,
    closed_on     date
);
CREATE UNIQUE INDEX customers_email ON customers (lower(email)) WHERE closed_on IS NULL;

CREATE TABLE customer_profiles (                           -- the key is the foreign key: at most one each
    customer_id   bigint PRIMARY KEY REFERENCES customers (id),
    nickname      varchar(40),
    phone         varchar(20),
    website       varchar(120),
    CHECK (num_nonnulls(nickname, phone, website) >= 1)
);

CREATE TABLE orders (
    id            bigserial PRIMARY KEY,
    customer_id   bigint NOT NULL REFERENCES customers (id),
    company_id    bigint NOT NULL REFERENCES companies (id),
    order_date    date NOT NULL,
    status        varchar(10) NOT NULL CHECK (status IN ('open', 'paid', 'shipped', 'cancelled')),
    ship_date     date,
    item_count    integer NOT NULL,
    total_amount  money_amount NOT NULL,
    CHECK (ship_date >= order_date),
    CHECK (status <> 'shipped' OR ship_date IS NOT NULL)
);

CREATE TABLE order_items (
    order_id      bigint NOT NULL REFERENCES orders (id),
    line_number   smallint NOT NULL CHECK (line_number >= 1),
    product_id    bigint NOT NULL REFERENCES products (id), -- of the company that the order is from: a diamond
    quantity      smallint NOT NULL CHECK (quantity BETWEEN 1 AND 20),
    unit_price    money_amount NOT NULL,
    subtotal      money_amount NOT NULL,
    PRIMARY KEY (order_id, line_number),
    CHECK (subtotal = quantity * unit_price)
);

CREATE TABLE returns (                                     -- into a composite key, part by part
    order_id      bigint NOT NULL,
    line_number   smallint NOT NULL,
    reason        varchar(200) NOT NULL,
    returned_on   date NOT NULL,
    PRIMARY KEY (order_id, line_number),
    FOREIGN KEY (order_id, line_number) REFERENCES order_items (order_id, line_number)
);

CREATE TABLE accounts (
    id            bigserial PRIMARY KEY,
    customer_id   bigint NOT NULL REFERENCES customers (id),
    kind          varchar(10) NOT NULL CHECK (kind IN ('card', 'bank', 'cash')),
    card_last4    char(4) CHECK (card_last4 ~ '^[0-9]{4}$'),
    iban          varchar(34),
    CHECK (kind = 'card' AND card_last4 IS NOT NULL AND iban IS NULL
        OR kind = 'bank' AND iban IS NOT NULL AND card_last4 IS NULL
        OR kind = 'cash' AND card_last4 IS NULL AND iban IS NULL)
);

CREATE TABLE transfers (
    id            bigserial PRIMARY KEY,
    from_account  bigint NOT NULL REFERENCES accounts (id),
    to_account    bigint NOT NULL REFERENCES accounts (id),
    amount        money_amount NOT NULL CHECK (amount > 0),
    moved_at      timestamp NOT NULL,
    CHECK (from_account <> to_account)
);

CREATE TABLE reviews (
    id            bigserial PRIMARY KEY,
    product_id    bigint NOT NULL REFERENCES products (id),
    reviewer_id   bigint NOT NULL REFERENCES customers (id),
    rating        smallint NOT NULL CHECK (rating BETWEEN 1 AND 5),
    body          text,
    UNIQUE (product_id, reviewer_id)
);

CREATE TABLE endorsements (                                -- nobody vouches for oneself, though no CHECK says so
    id            bigserial PRIMARY KEY,
    reviewer_id   bigint NOT NULL REFERENCES customers (id),
    reviewed_id   bigint NOT NULL REFERENCES customers (id),
    body          varchar(200) NOT NULL
);

CREATE TABLE supplies (
    id            bigserial PRIMARY KEY,
    supplier_tax_code char(9) NOT NULL REFERENCES companies (tax_code),  -- a key to a UNIQUE column that may be NULL
    product_id    bigint NOT NULL REFERENCES products (id)
);

CREATE TABLE comments (                                    -- refers to one of several tables, by name
    id            bigserial PRIMARY KEY,
    target_type   varchar(20) NOT NULL CHECK (target_type IN ('product', 'order', 'customer')),
    target_id     bigint NOT NULL,
    author_id     bigint NOT NULL REFERENCES customers (id),
    body          text NOT NULL CHECK (has_text(body))
);

CREATE TABLE bookings (                                    -- one dock holds one booking at a time
    region        char(2) NOT NULL,
    code          smallint NOT NULL,
    slot          smallint NOT NULL CHECK (slot BETWEEN 0 AND 3000),
    booked_by     bigint NOT NULL REFERENCES employees (id),
    PRIMARY KEY (region, code, slot),
    FOREIGN KEY (region, code) REFERENCES depots (region, code)
);
