"""Statistics on a few numbers: estimators and intervals. Imports no Spark."""
