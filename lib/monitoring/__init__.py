"""Watches released series: statistics without Spark, what becomes of an alarm, who is told."""
