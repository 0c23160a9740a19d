"""The unified prompt: all policies and one unit in, one strict answer out; without Spark."""
