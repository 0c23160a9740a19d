"""Statistics of watching many daily series, without Spark: healthy variation, evidence of change, error budget."""
