"""Properties of the whole product: random schemas become rows that real databases accept; nothing read can hurt the reader.

Here: the strategy that draws schemas (`model`, `dice`, `names`, `columns`, `keys`, `row_checks`, `schemas`), the judges
(`rendering`, `bounds`, `journey`, `databases`), the fuzz of what is read, and every failure once found (`found/*.sql`).
Not here: properties of one package (they live beside that package's tests).
"""
