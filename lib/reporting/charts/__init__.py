"""Charts as numbers: where a mark lies, from zero, in the units of an SVG that stretches to its column.

`templates/dashboard_charts.js` draws the same after a filter; a test in a browser holds the two to each other.
"""
