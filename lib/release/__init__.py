"""Release gates and lineage: what may be shown (furnished by the release-gate work)."""
