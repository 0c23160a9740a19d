"""The benchmark: the chain against the same work in DuckDB, in Polars and in Spark written naively."""
