-- Dishes and what guests say of them: small enough to be made hundreds of times.
CREATE TABLE dishes (
    dish_id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cuisine VARCHAR(20) NOT NULL CHECK (cuisine IN ('italian', 'thai', 'mexican')),
    price NUMERIC(7, 2) NOT NULL CHECK (price > 0),
    description VARCHAR(200) NOT NULL
);

CREATE TABLE opinions (
    opinion_id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dish_id INTEGER NOT NULL REFERENCES dishes (dish_id),
    rating SMALLINT NOT NULL CHECK (rating BETWEEN 1 AND 5),
    comment TEXT NOT NULL,
    UNIQUE (dish_id, rating)
);
