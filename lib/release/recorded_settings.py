"""The settings as a release records them: whole but for credentials, and a hash of what numbers depend on."""

import json
import re
from typing import Any

from pydantic import ValidationError

from schemas.contracts.canonical_hash import canonical_hash
from schemas.contracts.settings import Settings
from schemas.errors import ReproductionError

LEFT_OUT = "left out"
_CREDENTIAL = re.compile(r"secret|password|passwd|token|credential|(access|account|api|private)[._-]?key|\bsas\b", re.I)
_USER_IN_ADDRESS = re.compile(r"(?<=://)[^/@\s]+@")
# What a release or its reproduction is told about itself.
_ABOUT_THE_RUN = {"release_id", "restatement_cause", "accept_edited_labels"}


def settings_text(settings: Settings) -> str:
    """All settings as JSON; Spark properties that look like credentials, and users in addresses, are left out."""
    content = settings.model_dump(mode="json")
    properties = content["spark"]["conf"]
    content["spark"]["conf"] = {k: LEFT_OUT if _CREDENTIAL.search(k) else v for k, v in properties.items()}
    return json.dumps(_without_users(content), sort_keys=True, ensure_ascii=False)


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


def _without_users(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: _without_users(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_without_users(value) for value in content]
    return _USER_IN_ADDRESS.sub("", content) if isinstance(content, str) else content
