"""What Dagster's component loader walks: one component that loads every uploaded schema. Nothing else belongs here."""
