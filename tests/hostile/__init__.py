"""Logs that mean harm, what the specification makes of them, and a fuzzer for the whole chain."""
