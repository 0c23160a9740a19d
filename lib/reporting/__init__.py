"""Charts, tables and the self-contained HTML dashboard."""
