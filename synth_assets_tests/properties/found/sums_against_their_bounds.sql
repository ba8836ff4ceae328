-- rows 200
-- What names make of columns, against CHECKs on those columns alone.
CREATE TABLE a ( id integer primary key, quantity integer not null, unit_price numeric(10,2) not null, total numeric(10,2) not null check (total > 0 and total < 1));
CREATE TABLE c ( id integer primary key, quantity integer not null, unit_price numeric(10,2) not null, total numeric(10,2) not null check (total <= 500));
CREATE TABLE d ( id integer primary key, price numeric(10,2) not null check (price > 100), cost numeric(10,2) not null check (cost <= 0.5), tax numeric(10,2) check (tax > 1000), discount_amount numeric(5,2) not null check (discount_amount between 90 and 95));
CREATE TABLE e ( id integer primary key, created_at timestamp not null check (created_at > '2024-01-01'), updated_at timestamp not null check (updated_at < '2023-01-01'), start_date date not null, end_date date not null check (end_date < '2021-08-01'));
CREATE TABLE f ( id integer primary key, available integer not null check (available = 7), capacity integer not null check (capacity in (5,10)), stock integer not null check (stock > 100000), reserved integer not null check (reserved < 0));
CREATE TABLE h ( id integer primary key, hired_on date not null check (hired_on < '2000-01-01'), birth_date date not null check (birth_date > '1990-01-01'));
CREATE TABLE products (id integer PRIMARY KEY, name varchar(40) NOT NULL, price numeric(10,2) NOT NULL, created_at timestamp NOT NULL);
CREATE TABLE orders (id integer PRIMARY KEY, total numeric(10,2) NOT NULL CHECK (total > 0 AND total < 50), item_count integer NOT NULL CHECK (item_count <= 2), last_item_at timestamp);
CREATE TABLE order_items (id integer PRIMARY KEY, order_id integer NOT NULL REFERENCES orders, product_id integer NOT NULL REFERENCES products, quantity integer NOT NULL CHECK (quantity BETWEEN 2 AND 3), unit_price numeric(10,2) NOT NULL CHECK (unit_price < 10), line_total numeric(10,2) NOT NULL CHECK (line_total >= 25), created_at timestamp NOT NULL CHECK (created_at < '2022-01-01'));
