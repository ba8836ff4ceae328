-- A small bookshop with branches, staff, customers, orders and reviews.
-- It has what real schemas have: enum types, a composite key, a self-reference,
-- CHECKs, and a cycle: a branch has a manager, and a manager works at a branch.

CREATE TYPE order_status AS ENUM ('pending', 'paid', 'shipped', 'delivered', 'cancelled');
CREATE TYPE book_format AS ENUM ('hardcover', 'paperback', 'ebook', 'audiobook');

CREATE TABLE branches (
    branch_id     SERIAL PRIMARY KEY,
    name          VARCHAR(100) NOT NULL,
    street        VARCHAR(200) NOT NULL,
    city          VARCHAR(100) NOT NULL,
    state         VARCHAR(50)  NOT NULL,
    zip_code      VARCHAR(10),
    phone         VARCHAR(20),
    opening_hours VARCHAR(100),               -- e.g. "Mon-Sat 09:00-18:00"
    manager_id    INT                         -- an employee; the key is added below
);

CREATE TABLE employees (
    employee_id SERIAL PRIMARY KEY,
    branch_id   INT NOT NULL REFERENCES branches (branch_id),
    mentor_id   INT REFERENCES employees (employee_id),
    first_name  VARCHAR(60) NOT NULL,
    last_name   VARCHAR(60) NOT NULL,
    email       VARCHAR(120) NOT NULL UNIQUE,
    job_title   VARCHAR(80) NOT NULL,
    birth_date  DATE NOT NULL,
    hire_date   DATE NOT NULL,
    salary      NUMERIC(10, 2) NOT NULL CHECK (salary > 0),
    CONSTRAINT hired_after_birth CHECK (hire_date > birth_date)
);

ALTER TABLE branches
    ADD CONSTRAINT branches_manager_fk FOREIGN KEY (manager_id) REFERENCES employees (employee_id);

CREATE TABLE publishers (
    publisher_id  SERIAL PRIMARY KEY,
    name          VARCHAR(120) NOT NULL,
    country       VARCHAR(80),
    website       VARCHAR(200),
    contact_email VARCHAR(120)
);

CREATE TABLE authors (
    author_id   SERIAL PRIMARY KEY,
    first_name  VARCHAR(60) NOT NULL,
    last_name   VARCHAR(60) NOT NULL,
    nationality VARCHAR(60),
    birth_date  DATE,
    biography   TEXT
);

CREATE TABLE books (
    book_id        SERIAL PRIMARY KEY,
    title          VARCHAR(200) NOT NULL,
    author_id      INT NOT NULL REFERENCES authors (author_id),
    publisher_id   INT NOT NULL REFERENCES publishers (publisher_id),
    isbn           CHAR(13) NOT NULL UNIQUE,
    format         book_format NOT NULL,
    genre          VARCHAR(60),
    language       VARCHAR(40),
    pages          INT CHECK (pages BETWEEN 20 AND 2000),
    published_on   DATE,
    price          NUMERIC(8, 2) NOT NULL CHECK (price >= 0),
    average_rating NUMERIC(3, 2),             -- 0 to 5
    description    TEXT
);

CREATE TABLE stock (
    branch_id          INT NOT NULL REFERENCES branches (branch_id),
    book_id            INT NOT NULL REFERENCES books (book_id),
    quantity           INT NOT NULL CHECK (quantity >= 0),
    available_quantity INT NOT NULL,
    PRIMARY KEY (branch_id, book_id),
    CHECK (available_quantity BETWEEN 0 AND quantity)
);

CREATE TABLE customers (
    customer_id SERIAL PRIMARY KEY,
    first_name  VARCHAR(60) NOT NULL,
    last_name   VARCHAR(60) NOT NULL,
    gender      CHAR(1) CHECK (gender IN ('F', 'M', 'X')),
    email       VARCHAR(120) NOT NULL UNIQUE,
    phone       VARCHAR(20),
    street      VARCHAR(200),
    city        VARCHAR(100),
    state       VARCHAR(50),
    zip_code    VARCHAR(10),
    birth_date  DATE,
    joined_at   TIMESTAMP NOT NULL,
    is_active   BOOLEAN NOT NULL DEFAULT TRUE
);

CREATE TABLE orders (
    order_id       SERIAL PRIMARY KEY,
    customer_id    INT NOT NULL REFERENCES customers (customer_id),
    branch_id      INT REFERENCES branches (branch_id),   -- NULL for orders from the web
    status         order_status NOT NULL DEFAULT 'pending',
    ordered_at     TIMESTAMP NOT NULL,
    shipped_at     TIMESTAMP,
    delivered_at   TIMESTAMP,
    payment_method VARCHAR(30),
    CHECK (shipped_at IS NULL OR shipped_at >= ordered_at),
    CHECK (delivered_at IS NULL OR delivered_at >= shipped_at)
);

CREATE TABLE order_items (
    order_id    INT NOT NULL REFERENCES orders (order_id),
    line_number INT NOT NULL,
    book_id     INT NOT NULL REFERENCES books (book_id),
    quantity    INT NOT NULL CHECK (quantity BETWEEN 1 AND 20),
    unit_price  NUMERIC(8, 2) NOT NULL CHECK (unit_price >= 0),
    PRIMARY KEY (order_id, line_number)
);

CREATE TABLE reviews (
    review_id   SERIAL PRIMARY KEY,
    book_id     INT NOT NULL REFERENCES books (book_id),
    customer_id INT NOT NULL REFERENCES customers (customer_id),
    rating      INT NOT NULL CHECK (rating BETWEEN 1 AND 5),
    review_text TEXT,
    reviewed_at TIMESTAMP NOT NULL,
    UNIQUE (book_id, customer_id)
);

COMMENT ON TABLE stock IS 'How many copies of a book a branch holds, and how many are free.';
COMMENT ON COLUMN employees.mentor_id IS 'The colleague who showed them the ropes.';
