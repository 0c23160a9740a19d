"""Data-quality expectations at table boundaries (furnished by the data-quality work)."""
