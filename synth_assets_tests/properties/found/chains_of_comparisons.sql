-- rows 200
-- Chains and circles of comparisons, against what names say, beside keys, lists and bounds.
CREATE TABLE a (
    id integer primary key, n integer not null, quantity integer not null, m integer, rating integer not null, x numeric(4,3) not null, y numeric(6,0) not null, z real,
    check(n < quantity),
    check (quantity < m and m < rating),
    check (x<y),
    check (y < z)
);
CREATE TABLE b (
    id integer primary key, n integer not null, m integer not null, k integer,
    check(n <= m),
    check (m <= k),
    check (k <= n)
);
CREATE TABLE c (
    id integer primary key, n integer not null, m integer not null, k integer,
    check(n < m),
    check (m < k),
    check (k < n)
);
CREATE TABLE d (
    id integer primary key, hired_on date not null, birth_date date not null, d timestamp not null, created_at timestamp,
    check (hired_on < birth_date),
    check (birth_date < d and d < created_at and d <= '2020-01-01')
);
CREATE TABLE e (
    id integer primary key, a date not null, b date not null, c date,
    check (a<=b),
    check (b <= c),
    check (c<=a)
);
CREATE TABLE f (
    id integer primary key, a varchar(20) not null, b varchar(20) not null, c varchar(20),
    check (a<=b),
    check (b <= c),
    check (c<=a)
);
CREATE TABLE g (
    id integer primary key, a integer not null check (a >= 5000), b integer not null, c integer not null check (c <= 5010),
    check (a<b and b<c)
);
CREATE TABLE h (
    id integer primary key, city varchar(20) not null, name varchar(20) not null, s varchar(20), t varchar(3) not null check (t <> 'abc'),
    check (city<name and name < s and s < t)
);
CREATE TABLE k (
    id integer primary key, a integer not null check (a in (1,2,3)), b integer not null check (b in (0,2,4)), c smallint not null,
    check (a<b and b<c)
);
CREATE TABLE l (
    id integer primary key, a integer not null, b integer not null unique, c smallint not null,
    check (a<b and c < b)
);
CREATE TABLE m (
    id integer primary key, a date not null, b date not null, c date not null check (c <= '2021-01-01'), d date not null check (d >= '2021-06-01'),check (a<b and c >b),
    check (a > d OR a IS NULL OR b < d)
);
CREATE TABLE n (
    id integer primary key, price numeric(4,3) not null, unit_price numeric(10,2) not null, cost numeric(10,2) not null, total numeric(10,2) not null, subtotal numeric(10,2) not null,
    check(cost > price and price > unit_price),
    check (total < subtotal and subtotal < 1)
);
CREATE TABLE o ( id integer primary key, n integer, n2 integer, n3 integer, n4 integer not null, quantity integer not null,
    check(n<=n2),
    check(n3<n4),
    check(n4<quantity));
