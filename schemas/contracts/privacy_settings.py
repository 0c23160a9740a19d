"""What is taken out of content before it is labelled, and how long content is kept."""

from schemas.contracts.redaction_settings import RedactionSettings
from schemas.contracts.section import Section


class PrivacySettings(Section):
    """Settings of redaction, retention and erasure."""

    redaction: RedactionSettings = RedactionSettings()
