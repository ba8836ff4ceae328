"""Names a schema may carry: plain ones that rules know, and those that need quotes or are as long as a database takes."""

from synth_assets_tests.properties.dice import Dice

TABLES = (
    "items", "customers", "orders", "employees", "products", "accounts", "tenants", "regions", "depots", "payments", "order_items",
    "projects", "tasks", "invoices", "courses", "students", "rooms", "flights", "teams", "notes", "order", "User", "select", "Größen",
    "Purchase Orders", "tbl_x", "t",
)  # fmt: skip
BY_KIND = {
    "number": ("n", "quantity", "age", "rating", "stock", "year", "priority", "points", "seats", "level", "capacity", "number", "limit"),
    "money": ("x", "price", "total", "amount", "balance", "weight", "salary", "discount", "unit_price", "taxRate", "group"),
    "text": (
        "s", "name", "email", "code", "title", "status", "description", "city", "country", "phone", "sku", "first_name", "last_name",
        "address", "url", "nickname", "desc", "userName", "postal_code", "color", "currency", "comment", "Straße", "from",
    ),
    "flag": ("b", "active", "is_deleted", "verified", "isPublic", "default", "has_stock", "paid"),
    "date": ("d", "created_on", "start_date", "end_date", "birth_date", "hired_on", "due_date", "paid_on", "opened_on", "endDate", "to"),
    "moment": ("at", "created_at", "updated_at", "shipped_at", "started_at", "ended_at", "lastLogin", "delivered_at"),
    "kind": ("kind", "type", "status", "category", "state", "role", "Type"),
    "id": ("id", "number", "code", "key", "no", "Id", "ref"),
}  # fmt: skip
ADJECTIVES = ("", "old_", "new_", "max_", "home_", "2nd ", "the_")


class Names:
    """Names not used yet, in one table or one schema. SQLite ignores case, so names that differ in case alone are one."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._taken: set[str] = set()

    def column(self, kind: str) -> str:
        prefix = self._dice.pick(ADJECTIVES) if self._dice.chance(10) else ""
        return self.fresh(prefix + self._dice.pick(BY_KIND[kind]))

    def table(self) -> str:
        return self.fresh(self._dice.pick(TABLES))

    def fresh(self, wanted: str) -> str:
        """The name, with a number where it is taken, and now and then as long as PostgreSQL takes it (63 bytes)."""
        if self._dice.chance(2):
            wanted = (wanted + "_of_the_department_of_redundancy" * 3)[:55]
        name, number = wanted, 1
        while name.casefold() in self._taken:
            number += 1
            name = f"{wanted}{number}"
        self._taken.add(name.casefold())
        return name
