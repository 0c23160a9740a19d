"""Risk scores of units: hashed text features, linear models, calibration. Scores steer the sample, never the result."""
