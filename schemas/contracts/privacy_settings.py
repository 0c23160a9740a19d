"""What is taken out of content before it is labelled, and how long content is kept."""

from typing import Literal

from pydantic import Field

from schemas.contracts.redaction_settings import RedactionSettings
from schemas.contracts.section import Section


class PrivacySettings(Section):
    """Settings of redaction, retention and erasure."""

    redaction: RedactionSettings = RedactionSettings()
    content_days: int = Field(
        default=90, ge=1, description="Days for which texts and images are kept; jobs/expire_content.py removes older"
    )
    golden_items_kept: list[Literal["anchors", "curated", "sampled"]] = Field(
        default=["anchors", "curated"],
        description="Golden items that are kept for longer, redacted: pinned anchors, items by hand, all sampled ones",
    )
    erased_user_variable: str = Field(
        default="PLUMBLINE_ERASED_USER",
        min_length=1,
        description="Environment variable with the user id that jobs/erase_user.py erases, unless it reads a file",
    )
    ignores_unknown_keys: bool = Field(
        default=False, description="Erase although some rows were written under a key that exists no longer"
    )
    is_dry_run: bool = Field(default=False, description="Say what would be removed, and remove nothing")
