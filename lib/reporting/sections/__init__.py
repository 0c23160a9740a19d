"""The sections of the dashboard: each turns its part of the data into what a template needs, or None if it lacks it."""
