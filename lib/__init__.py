"""Pure transformations, statistics and clients; I/O only in `storage`, sessions only in `session`."""
