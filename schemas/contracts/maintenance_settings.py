"""How tables are tidied: which days' files are joined."""

from pydantic import Field

from schemas.contracts.section import Section


class MaintenanceSettings(Section):
    """What jobs/maintain_tables.py does to the files of tables; their rows stay as they are."""

    compaction_days: int = Field(
        default=7,
        ge=1,
        description="Days up to the run's day whose small files are joined; older days were joined by earlier runs",
    )
