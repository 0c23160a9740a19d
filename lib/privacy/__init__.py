"""Takes content out of every place that holds it: when it has expired, or when a person asks."""
