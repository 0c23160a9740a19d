"""One file per step of the chain; each runs alone under spark-submit, or in order through run_chain."""
