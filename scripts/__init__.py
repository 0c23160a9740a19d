"""Log generators, importers of labelled data, benchmarks and audits; never imported by jobs or lib."""
