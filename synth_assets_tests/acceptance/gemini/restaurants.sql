-- A group of restaurants: menus, guests and their orders, what guests think of it, and who works where.
CREATE TABLE restaurants (
    restaurant_id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name VARCHAR(80) NOT NULL UNIQUE,
    cuisine VARCHAR(20) NOT NULL CHECK (cuisine IN ('italian', 'thai', 'mexican', 'french', 'nordic')),
    street VARCHAR(120) NOT NULL,
    city VARCHAR(60) NOT NULL,
    seats SMALLINT NOT NULL CHECK (seats BETWEEN 8 AND 240),
    price_level SMALLINT NOT NULL CHECK (price_level BETWEEN 1 AND 4),
    opened_on DATE NOT NULL,
    description TEXT,
    head_chef_id INTEGER
);

CREATE TABLE staff (
    staff_id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    restaurant_id INTEGER NOT NULL REFERENCES restaurants (restaurant_id),
    supervisor_id INTEGER REFERENCES staff (staff_id),
    first_name VARCHAR(40) NOT NULL,
    last_name VARCHAR(40) NOT NULL,
    role VARCHAR(12) NOT NULL CHECK (role IN ('chef', 'cook', 'waiter', 'host', 'dishwasher')),
    hourly_wage NUMERIC(6, 2) NOT NULL CHECK (hourly_wage >= 12.50),
    hired_on DATE NOT NULL,
    left_on DATE,
    CHECK (left_on IS NULL OR left_on >= hired_on),
    CHECK (supervisor_id <> staff_id)
);

-- The circle: a restaurant has a head chef, who works at a restaurant.
ALTER TABLE restaurants ADD FOREIGN KEY (head_chef_id) REFERENCES staff (staff_id);

CREATE TABLE menus (
    menu_id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    restaurant_id INTEGER NOT NULL REFERENCES restaurants (restaurant_id),
    title VARCHAR(60) NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    introduction TEXT,
    CHECK (valid_to > valid_from)
);

CREATE TABLE menu_items (
    menu_id INTEGER NOT NULL REFERENCES menus (menu_id),
    position SMALLINT NOT NULL CHECK (position BETWEEN 1 AND 60),
    name VARCHAR(80) NOT NULL,
    description VARCHAR(300) NOT NULL,
    price NUMERIC(7, 2) NOT NULL CHECK (price > 0),
    is_vegetarian BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (menu_id, position)
);

CREATE TABLE customers (
    customer_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    first_name VARCHAR(40) NOT NULL,
    last_name VARCHAR(40) NOT NULL,
    email VARCHAR(120) NOT NULL UNIQUE,
    phone VARCHAR(24),
    loyalty_points INTEGER NOT NULL DEFAULT 0 CHECK (loyalty_points >= 0),
    joined_on DATE NOT NULL,
    diet VARCHAR(12) CHECK (diet IN ('vegan', 'vegetarian', 'halal', 'kosher'))
);

CREATE TABLE orders (
    order_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id BIGINT NOT NULL REFERENCES customers (customer_id),
    restaurant_id INTEGER NOT NULL REFERENCES restaurants (restaurant_id),
    served_by INTEGER REFERENCES staff (staff_id),
    placed_at TIMESTAMP NOT NULL,
    paid_at TIMESTAMP,
    status VARCHAR(10) NOT NULL CHECK (status IN ('open', 'served', 'paid', 'cancelled')),
    total NUMERIC(9, 2) NOT NULL CHECK (total >= 0),
    note TEXT,
    CHECK (paid_at >= placed_at)
);
COMMENT ON COLUMN orders.note IS 'What the guest asked the kitchen for.';

CREATE TABLE order_items (
    order_id BIGINT NOT NULL REFERENCES orders (order_id) ON DELETE CASCADE,
    line SMALLINT NOT NULL CHECK (line >= 1),
    menu_id INTEGER NOT NULL,
    position SMALLINT NOT NULL,
    quantity SMALLINT NOT NULL CHECK (quantity BETWEEN 1 AND 20),
    unit_price NUMERIC(7, 2) NOT NULL CHECK (unit_price > 0),
    PRIMARY KEY (order_id, line),
    FOREIGN KEY (menu_id, position) REFERENCES menu_items (menu_id, position)
);

CREATE TABLE reviews (
    review_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    restaurant_id INTEGER NOT NULL REFERENCES restaurants (restaurant_id),
    customer_id BIGINT NOT NULL REFERENCES customers (customer_id),
    rating SMALLINT NOT NULL CHECK (rating BETWEEN 1 AND 5),
    comment TEXT NOT NULL,
    visited_on DATE NOT NULL,
    UNIQUE (restaurant_id, customer_id)
);
