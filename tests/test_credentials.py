"""Secrets that somebody put into conf, arguments or addresses show in no error, no `repr` and no record."""

import json
from pathlib import Path

import pytest
import structlog

from lib.command_line import exit_code_of
from lib.credentials import LEFT_OUT, names_credential, text_without_credentials, without_credentials
from lib.release.recorded_settings import settings_text
from lib.run_context import RunContext
from lib.settings import load_settings
from lib.units.identifiers import id_key
from schemas.errors import ConfigurationError
from tests.release.numbers import DS

SECRET = "N3VER-SH0WN"  # noqa: S105 - it is none: the tests look for it
PROPERTIES = {
    "spark.hadoop.fs.s3a.secret.key": SECRET,
    "spark.hadoop.fs.s3a.session.token": SECRET,
    "spark.hadoop.fs.azure.account.key.store.dfs.example": SECRET,
    "spark.hadoop.fs.azure.sas.container.store": SECRET,
    "spark.hadoop.fs.gs.auth.service.account.private.key": SECRET,
    "spark.ssl.keyPassword": SECRET,
    "spark.executorEnv.PLUMBLINE_LLM_KEY": SECRET,
    "spark.executorEnv.PLUMBLINE_ID_KEY": SECRET,
    "spark.driver.extraJavaOptions": f"-Djavax.net.ssl.trustStorePassword={SECRET} -Xss4m",
}


@pytest.mark.parametrize(
    "name", [*list(PROPERTIES)[:-1], "aws_secret_access_key", "API-KEY", "authToken", "clientSecret", "spark.user_key"]
)
def test_names_of_credentials_are_known(name: str) -> None:
    assert names_credential(name)


@pytest.mark.parametrize(
    "name",
    [
        "maximum_output_tokens",
        "spark.sql.shuffle.partitions",
        "id_key_variable",
        "spark.keyspace",
        "sasquatch",
        "spark.hadoop.parquet.enable.dictionary#session_key",
    ],
)
def test_other_names_are_not_taken_for_credentials(name: str) -> None:
    assert not names_credential(name)


@pytest.mark.parametrize(
    "text",
    [
        f"s3a://user:{SECRET}@bucket/path",
        f"https://{SECRET}@host.example/x",
        f"https://host.example/logs?sv=2024&sig={SECRET}&se=1",
        f"https://host.example/x?X-Amz-Signature={SECRET}",
        f"https://host.example/x?X-Amz-Security-Token={SECRET}",
        f"-Dsome.password={SECRET} -Xmx1g",
        f"{{'fs.s3a.secret.key': '{SECRET}', 'x': 1}}",
        f"spark.hadoop.fs.s3a.secret.key={SECRET}",
        f'"api_key": "{SECRET}"',
    ],
)
def test_a_text_keeps_all_but_the_credential(text: str) -> None:
    shown = text_without_credentials(text)
    assert SECRET not in shown
    assert len(shown) >= len(text) - len(SECRET) - len("user:@")


def test_a_text_without_a_credential_stays_as_it_is() -> None:
    for text in ("s3a://bucket/a@b", "tokens: 5", "a secret garden", "max_tokens", "x=1&y=2", "abfss://box@account/x"):
        assert text_without_credentials(text) == text


def test_nested_content_is_searched_and_keeps_its_shape() -> None:
    content = {"api_key": SECRET, "more": [{"password": SECRET, "n": 1}, f"s3a://u:{SECRET}@h"], "token": {"a": SECRET}}
    assert without_credentials(content) == {
        "api_key": LEFT_OUT, "more": [{"password": LEFT_OUT, "n": 1}, "s3a://h"], "token": LEFT_OUT,
    }  # fmt: skip


def _settings() -> list[str]:
    llm = {
        "rung": "llm", "labeler_id": "m",
        "labeler": {
            "kind": "llm", "model": "m", "price_per_million_input_tokens": 0, "price_per_million_output_tokens": 0,
            "extra_body": {"api_key": SECRET, "headers": {"authToken": SECRET}},
        },
    }  # fmt: skip
    return [
        f"spark.conf={json.dumps(PROPERTIES)}",
        f"labelling.rungs={json.dumps([llm])}",
        f"storage.warehouse=s3a://me:{SECRET}@bucket/w",
        f"calibration.curated_path=https://host.example/gold.csv?sig={SECRET}",
    ]


def test_settings_show_no_secret_when_printed_and_record_none() -> None:
    settings = load_settings(assignments=_settings())
    for shown in (repr(settings.spark), repr(settings.labelling), str(settings.labelling.rungs[0].labeler)):
        assert SECRET not in shown
    recorded = settings_text(settings)
    assert SECRET not in recorded
    assert json.loads(recorded)["spark"]["conf"]["spark.driver.extraJavaOptions"].endswith(f"={LEFT_OUT} -Xss4m")


@pytest.mark.parametrize(
    "assignment",
    [
        f"spark.conf.spark.hadoop.fs.s3a.secret.key=[{SECRET}]",
        f'spark.conf={{"spark.hadoop.fs.s3a.secret.key": [{SECRET}]}}',
        f"spark.conf=spark.hadoop.fs.s3a.secret.key={SECRET}",
        f"spark=[{{fs.s3a.secret.key: {SECRET}}}]",
        f"spark.conf={{fs.s3a.secret.key: {SECRET}",
        f"spark.hadoop.fs.s3a.secret.key={SECRET}",
        f"storage.warehouse=[s3a://me:{SECRET}@bucket]",
        f"fs.s3a.secret.key:{SECRET}",
        f"scoring.training_window_days=password={SECRET}",
    ],
)
@pytest.mark.slow
def test_a_refused_assignment_quotes_no_secret(assignment: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_settings(assignments=[assignment])
    assert SECRET not in str(refused.value)

    def work() -> None:
        load_settings(assignments=[assignment])

    assert exit_code_of(work) == 2
    said = capsys.readouterr()
    assert SECRET not in said.err + said.out
    assert len(said.err.splitlines()) == 1


def test_a_refused_file_quotes_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"spark: {{conf: {{spark.hadoop.fs.s3a.secret.key: [{SECRET}]}}}}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        load_settings(conf_files=[path])
    assert SECRET not in str(refused.value)
    assert "spark.hadoop.fs.s3a.secret.key" in str(refused.value)


def test_a_line_of_the_log_shows_no_user_of_an_address(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        structlog.get_logger().warning(f"nothing to import from s3a://me:{SECRET}@bucket/results")

    structlog.reset_defaults()
    assert exit_code_of(work) == 0
    said = capsys.readouterr().err
    assert "s3a://bucket/results" in said
    assert SECRET not in said


def test_a_context_and_a_refused_key_show_no_environment() -> None:
    assert SECRET not in repr(RunContext(ds=DS, environment={"PLUMBLINE_ID_KEY": SECRET}))
    with pytest.raises(ConfigurationError) as refused:
        id_key({"PLUMBLINE_ID_KEY": SECRET}, "PLUMBLINE_ID_KEY")
    assert "has 11 bytes" in str(refused.value)
    assert SECRET not in str(refused.value)
