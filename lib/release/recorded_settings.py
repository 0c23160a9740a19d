"""The settings as a release records them: whole but for credentials, and a hash of what numbers depend on."""

import json
from typing import Any

from pydantic import ValidationError

from lib.credentials import text_without_credentials, without_credentials
from schemas.contracts.canonical_hash import canonical_hash
from schemas.contracts.settings import Settings
from schemas.errors import ReproductionError

# Where a user may write any name; the other names are ours, and none of them is a credential's.
_FREE = ("conf", "extra_body")
# What a release or its reproduction is told about itself.
_ABOUT_THE_RUN = {"release_id", "restatement_cause", "accept_edited_labels"}


def settings_text(settings: Settings) -> str:
    """All settings as JSON; what looks like a credential, and users in addresses, are left out."""
    return json.dumps(_recorded(settings.model_dump(mode="json")), sort_keys=True, ensure_ascii=False)


def settings_hash(settings: Settings) -> str:
    """SHA-256 of the settings that a number depends on beyond the tables: estimation, gates, rungs, breaks."""
    content = settings.model_dump(mode="json")
    return canonical_hash(
        {
            "estimation": content["estimation"],
            "release": {k: v for k, v in content["release"].items() if k not in _ABOUT_THE_RUN},
            "rungs": [(rung.rung, rung.sample_size) for rung in settings.labelling.rungs],
            "series_breaks": content["series_breaks"],
        }
    )


def settings_of_text(text: str, *, release_id: str) -> Settings:
    """The settings that a release recorded; raises ReproductionError if this program cannot read them any more."""
    try:
        return Settings.model_validate_json(text)
    except ValidationError as error:
        fields = ", ".join(".".join(str(part) for part in fault["loc"]) for fault in error.errors())
        raise ReproductionError(
            f"Release {release_id}: refused, this program does not know its settings any more ({fields}); "
            "reproduce it with the program that `code_version` in `releases` names."
        ) from error


def _recorded(content: Any) -> Any:
    if isinstance(content, dict):
        return {name: without_credentials(v) if name in _FREE else _recorded(v) for name, v in content.items()}
    if isinstance(content, list):
        return [_recorded(value) for value in content]
    return text_without_credentials(content) if isinstance(content, str) else content
