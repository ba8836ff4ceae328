-- rows 7 items2=1
CREATE TABLE items (id int primary key);
CREATE TABLE items2 (items_id int not null references items, items_id2 int not null references items, primary key(items_id, items_id2));
CREATE TABLE items5 (id int primary key, a int not null, b int not null, c int not null, foreign key (a,b) references items2(items_id, items_id2), foreign key (c,a) references items2(items_id, items_id2));
