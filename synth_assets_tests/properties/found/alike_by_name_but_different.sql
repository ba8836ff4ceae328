-- rows 200
-- Columns that must differ though names make them alike: parts of one record, sums of the same terms, shares.
CREATE TABLE a ( id integer primary key, email varchar(60) not null, email2 varchar(60) not null, contact_email varchar(80),
    check(email<>email2),
    check(contact_email <> email));
CREATE TABLE b ( id integer primary key, city varchar(20) not null, state varchar(20) not null, city2 varchar(20) not null, state2 varchar(20), phone varchar(20) not null, phone2 varchar(20) not null,
    check(city <> city2 and state <> state2),
    check (phone <> phone2));
CREATE TABLE c ( id integer primary key, first_name varchar(20) not null, last_name varchar(20) not null, full_name varchar(60) not null, name varchar(60) not null,
    check(full_name <> name),
    check (first_name <> last_name));
CREATE TABLE d ( id integer primary key, quantity integer not null, unit_price numeric(10,2) not null, total numeric(10,2) not null, line_total numeric(10,2), subtotal numeric(10,2),
    check (total <> line_total),
    check (line_total <> subtotal));
CREATE TABLE e ( id integer primary key, a integer not null check (a in (1)), b integer not null check (b in (1,2)), c boolean not null, d boolean not null,
    check (a <> b),
    check (c <> d));
CREATE TABLE f ( id integer primary key, a integer not null , b integer not null, c integer not null,
    check (a <> b and a >= b and b <> c and c >= b),
    check (a <= c));
CREATE TABLE g ( id integer primary key, country varchar(20) not null, country_code char(2) not null, origin_country varchar(20) not null, destination_country varchar(20) not null, latitude numeric(9,6),
    check (country <> country_code),
    check (origin_country <> destination_country),
    check (country <> origin_country));
CREATE TABLE h ( id integer primary key, username varchar(20) not null, login varchar(20) not null, nickname varchar(20), slug varchar(50) not null, title varchar(50) not null,
    check (username <> login and nickname <> login),
    check (slug <> title));
CREATE TABLE i ( id integer primary key, start_date date not null, end_date date not null, start_date2 date not null,
    check (start_date <> start_date2),
    check (end_date <> start_date));
CREATE TABLE o ( id integer primary key, city varchar(20) not null, city2 varchar(20) not null, s varchar(20),
    check(city<>city2),
    check(city2<>s));
