"""Change between periods and between versions: differences, ratios, overlapping samples, breaks in a series."""
