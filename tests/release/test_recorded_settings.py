"""What a release records of its settings can be read back, has no credential, and hashes what numbers depend on."""

import json
import re

import pytest

from lib.credentials import LEFT_OUT
from lib.release.code_version import code_hash, code_version
from lib.release.recorded_settings import settings_hash, settings_of_text, settings_text
from lib.settings import load_settings
from schemas.errors import ReproductionError

SECRETS = {
    "spark.hadoop.fs.s3a.secret.key": "AKIA-NEVER",
    "spark.hadoop.fs.azure.account.key.x.net": "NEVER-2",
    "spark.ssl.keyPassword": "NEVER-3",
    "spark.shuffle.compress": False,
}


def test_settings_come_back_as_they_were() -> None:
    settings = load_settings()
    assert settings_of_text(settings_text(settings), release_id="r") == settings


def test_credentials_are_left_out() -> None:
    settings = load_settings(assignments=[f"spark.conf={json.dumps(SECRETS)}", "storage.warehouse=s3a://me:pw@host/w"])
    text = settings_text(settings)
    assert "NEVER" not in text
    assert "me:pw" not in text
    recorded = json.loads(text)
    assert recorded["storage"]["warehouse"] == "s3a://host/w"
    assert recorded["spark"]["conf"]["spark.hadoop.fs.s3a.secret.key"] == LEFT_OUT
    assert recorded["spark"]["conf"]["spark.shuffle.compress"] is False


@pytest.mark.parametrize(
    ("assignment", "is_other"),
    [
        ("estimation.interval=wald", True),
        ("release.minimum_kappa=0.6", True),
        ("release.warn_only=[]", True),
        ("storage.warehouse=elsewhere", False),
        ("reporting.dashboard_path=other.html", False),
        ("release.restatement_cause=typo", False),
        ("release.accept_edited_labels=true", False),
    ],
)
@pytest.mark.slow
def test_the_hash_is_of_what_numbers_depend_on(assignment: str, is_other: bool) -> None:
    assert (settings_hash(load_settings(assignments=[assignment])) != settings_hash(load_settings())) is is_other


def test_settings_that_this_program_does_not_know_are_refused_by_name() -> None:
    content = json.loads(settings_text(load_settings()))
    content["release"]["minimum_charm"] = 1
    with pytest.raises(ReproductionError, match=r"Release r: refused, .*\(release\.minimum_charm\)"):
        settings_of_text(json.dumps(content), release_id="r")


def test_the_code_is_named_by_the_environment_and_by_its_content() -> None:
    assert re.fullmatch(r"code-[0-9a-f]{16}", code_hash())
    assert code_version({}) == code_hash()
    assert code_version({"PLUMBLINE_CODE_VERSION": "v1.4"}) == f"v1.4+{code_hash()}"
