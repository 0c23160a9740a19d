"""The measured work for DuckDB: SQL where SQL can do it, delta-rs to read and write Delta."""
