"""The page for leadership: one week on one sheet, in sentences with numbers from the tables."""
