"""Joins the three logs into interaction units and accounts for every row."""
