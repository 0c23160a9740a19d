"""Layered YAML settings, written policies and sampling designs; a package so that the zip carries it."""
