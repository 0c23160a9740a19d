"""Parts of the program that watches the series of a table."""
