"""Tells people about alerts through any channel that Apprise knows; a dead one stops nothing. Without Spark."""
