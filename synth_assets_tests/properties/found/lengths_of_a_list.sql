-- rows 40
-- Only two lengths will do.
CREATE TABLE orders (url varchar(20) NOT NULL CHECK (length(url) IN (4, 8)));
