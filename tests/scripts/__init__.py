"""Tests of the log generator and of the importer of labelled texts."""
