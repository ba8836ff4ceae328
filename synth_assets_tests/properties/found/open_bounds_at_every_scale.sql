-- rows 400
-- Ranges that lie between two values of few digits; what single precision holds of 0.7 is less.
CREATE TABLE items (
    id integer PRIMARY KEY,
    weight numeric(6,0) CHECK (weight <> 0),
    height numeric(6,0) CHECK (height > -2.5 AND height < 2.5),
    price numeric(4,3) CHECK (price > 0.1 AND price < 0.9),
    list_price numeric(18,6) NOT NULL CHECK (list_price > 0.101 AND list_price < 0.109),
    length real NOT NULL CHECK (length >= 0.7 AND length <= 0.8),
    width double precision NOT NULL CHECK (width > 0.001 AND width < 0.004),
    balance numeric(3,1) NOT NULL CHECK (balance < -0.5 AND balance > -0.75),
    cost numeric(18,6) CHECK (cost <= 0.005 AND cost <> 0)
);
