"""Mirrors lib, schemas, jobs and scripts."""
