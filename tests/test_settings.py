"""Layers override each other, and whatever is wrong is one sentence with file, field, value and remedy."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import cast

import pytest
import yaml

import lib.settings
from lib.labelling.labelers import build_labeler
from lib.labelling.redaction.redaction import Redaction
from lib.run_context import RunContext
from lib.settings import load_design, load_design_for, load_policies, load_settings
from lib.storage import Storage
from schemas.contracts.labelling_settings import RungSettings, SimulatedLabelerSettings
from schemas.contracts.settings import Settings
from schemas.errors import ConfigurationError

WriteConf = Callable[[str, str], Path]

DESIGN = {"name": "small", "version": 1, "sample_size": 10, "seed": 1}
POLICY = {
    "id": "spam",
    "version": "1.0",
    "title": "Spam",
    "definition": "Unwanted advertising.",
    "violates": ["Chain letters."],
    "does_not_violate": ["Advertising that was asked for."],
    "severity_levels": [{"id": "nuisance", "meaning": "It annoys."}],
    "component_rules": {"query": "Never.", "response": "If it advertises.", "image": "If it advertises."},
    "combination_rules": ["A harmless picture under an advertising text."],
    "edge_cases": [{"sketch": "A shop's own newsletter.", "verdict": "not_violating", "why": "It was asked for."}],
}


def _refusal(load: Callable[[], object]) -> str:
    with pytest.raises(ConfigurationError) as refused:
        load()
    return str(refused.value)


@pytest.fixture
def user_file(tmp_path: Path) -> WriteConf:
    """Writes a layer of the user's own."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def own_conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in the place of conf/."""
    folder = tmp_path / "conf"
    for inner in ("designs", "policies"):
        (folder / inner).mkdir(parents=True)
    monkeypatch.setattr("lib.settings.resources.files", lambda _: folder)
    return folder


def test_later_layers_override_earlier_ones_key_by_key(user_file: WriteConf) -> None:
    first = user_file("first.yaml", "scoring: {training_window_days: 7, minimum_positives: 9}\n")
    second = user_file("second.yaml", "scoring: {training_window_days: 14}\n")
    assigned = ["scoring.n_features=2048", "estimation.measures=[units]"]
    settings = load_settings("local", conf_files=[first, second], assignments=assigned)
    assert settings.scoring.training_window_days == 14  # base says 28, the first file 7
    assert settings.scoring.minimum_positives == 9  # the second file names the section, not the key
    assert settings.scoring.n_features == 2048
    assert settings.scoring.source == "text_scorer"  # base
    assert settings.estimation.measures == ["units"]  # a list is replaced, not extended
    assert settings.spark.master == "local[*]"  # local


@pytest.mark.parametrize(("environment", "master"), [("local", "local[*]"), ("cluster", None)])
def test_the_shipped_settings_load(environment: str, master: str | None) -> None:
    settings = load_settings(environment)
    assert isinstance(settings, Settings)
    assert settings.spark.master == master
    assert settings.spark.conf["spark.sql.adaptive.enabled"] is True  # base reaches both


def test_the_shipped_designs_and_policies_load() -> None:
    conf = Path(lib.settings.__file__).parents[1] / "conf"
    designs = [load_design(path.stem) for path in sorted((conf / "designs").glob("*.yaml"))]
    names = ["daily_v1", "daily_boosted_v1", "daily_poisson_v1", "daily_stream_v1", "people_v1"]
    assert [design.design_id for design in designs] == names
    assert [policy.id for policy in load_policies()] == sorted(path.stem for path in (conf / "policies").glob("*.yaml"))


def test_an_unknown_key_names_its_file_and_value(user_file: WriteConf) -> None:
    path = user_file("mine.yaml", "sampling: {desing: daily}\n")
    assert _refusal(lambda: load_settings(conf_files=[path])) == (
        f"{path}: field `sampling.desing`: there is no such setting; mend its name or take it out"
    )


def test_a_wrong_type_names_the_layer_that_set_it_last(user_file: WriteConf) -> None:
    path = user_file("mine.yaml", "scoring: {training_window_days: soon}\n")
    sentence = _refusal(lambda: load_settings(conf_files=[path, user_file("other.yaml", "units: {}\n")]))
    assert sentence.startswith(f"{path}: field `scoring.training_window_days` is `soon`: Input should be a valid int")


def test_a_value_out_of_range_on_the_command_line_is_named_as_such() -> None:
    sentence = _refusal(lambda: load_settings(assignments=["estimation.confidence_level=1.5"]))
    assert sentence == "--set: field `estimation.confidence_level` is `1.5`: Input should be less than 1; mend it there"


def test_content_is_kept_for_as_long_as_it_is_read() -> None:
    sentence = _refusal(lambda: load_settings(assignments=["privacy.content_days=27"]))
    assert "`content_days` is 27, and scoring.training_window_days has texts of 28 days read; shorten" in sentence
    shorter = ["scoring.training_window_days=7", "calibration.window_days=7", "privacy.content_days=7"]
    assert load_settings(assignments=shorter).privacy.content_days == 7


def test_every_fault_is_named_at_once() -> None:
    sentence = _refusal(lambda: load_settings(assignments=["scoring.n_features=1", "sampling.design=No-Design"]))
    assert "field `scoring.n_features` is `1`" in sentence
    assert "field `sampling.design` is `No-Design`" in sentence


def test_broken_yaml_names_file_and_line(user_file: WriteConf) -> None:
    path = user_file("mine.yaml", "scoring:\n  source: text_scorer\n  : [\n")
    sentence = _refusal(lambda: load_settings(conf_files=[path]))
    assert sentence.startswith(f"{path} line 3, column 3: broken YAML, ")
    assert sentence.endswith("; mend the file.")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(b"- a list\n", "it holds a list; write `key: value` lines."), (b"text: \xff\n", "it is not UTF-8 text")],
)
def test_a_file_that_holds_no_settings_is_refused(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    assert _refusal(lambda: load_settings(conf_files=[path])).startswith(f"{path}: {complaint}")


def test_an_empty_file_changes_nothing(user_file: WriteConf) -> None:
    assert load_settings(conf_files=[user_file("mine.yaml", "# nothing yet\n")]) == load_settings()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "absent.yaml"
    remedy = "there is no such file; name an existing one or write it."
    assert _refusal(lambda: load_settings(conf_files=[path])) == f"{path}: {remedy}"
    assert _refusal(lambda: load_settings("staging")) == f"conf/staging.yaml: {remedy}"
    assert _refusal(lambda: load_design("weekly")) == f"conf/designs/weekly.yaml: {remedy}"


def test_a_folder_in_place_of_a_file_is_named(tmp_path: Path) -> None:
    assert _refusal(lambda: load_settings(conf_files=[tmp_path])).startswith(f"{tmp_path}: it cannot be read")


@pytest.mark.parametrize("assignment", ["scoring.source", "=text_scorer", ""])
def test_a_malformed_assignment_shows_the_form(assignment: str) -> None:
    assert _refusal(lambda: load_settings(assignments=[assignment])) == (
        f"--set: `{assignment}` is not of the form section.key=value; write it so."
    )


def test_an_assignment_whose_value_is_broken_yaml_is_refused() -> None:
    sentence = _refusal(lambda: load_settings(assignments=["spark.conf={a: [}"]))
    assert sentence.startswith("--set: field `spark.conf` is `{a: [}`: broken YAML, ")


def test_a_missing_section_is_named(own_conf: Path) -> None:
    (own_conf / "base.yaml").write_text("storage: {warehouse: w, input: {}}\n", encoding="utf-8")
    (own_conf / "local.yaml").write_text("", encoding="utf-8")
    assert _refusal(load_settings) == (
        "conf/base.yaml: field `storage.input.path`: Field required; mend it there; "
        "conf: field `labelling`: Field required; mend it there"
    )


def test_a_labeler_rate_for_an_unknown_policy_is_refused() -> None:
    labeler = SimulatedLabelerSettings(kind="simulated", truth_path="truth", specificity={"harasment": 0.9})
    rung = RungSettings(rung="llm", labeler_id="model", labeler=labeler)

    def build() -> object:
        storage = cast(Storage, None)  # conf is checked before data is read
        context = RunContext(ds=date(2026, 3, 2))
        return build_labeler(
            rung, policies=load_policies(), redaction=Redaction(), storage=storage, run_context=context
        )

    assert _refusal(build) == (
        "labelling.rungs, labeler `model`: unknown policy `harasment`; conf/policies has adult_content, harassment, "
        "misinformation, self_harm. Mend the name or add the policy's file."
    )


def _write_design(folder: Path, **fields: object) -> None:
    (folder / "designs" / "small.yaml").write_text(yaml.safe_dump(DESIGN | fields), encoding="utf-8")


def test_a_design_and_a_policy_must_carry_their_files_name(own_conf: Path) -> None:
    _write_design(own_conf, name="large")
    assert _refusal(lambda: load_design("small")) == (
        "conf/designs/small.yaml: field `name` is `large`; it must be the file's name, `small`."
    )
    (own_conf / "policies" / "scam.yaml").write_text(yaml.safe_dump(POLICY, sort_keys=False), encoding="utf-8")
    assert _refusal(load_policies) == (
        "conf/policies/scam.yaml line 1: field `id` is `spam`; it must be the file's name, `scam`."
    )


def test_a_folder_without_policies_is_refused(own_conf: Path) -> None:
    assert _refusal(load_policies) == "conf/policies holds no policy (*.yaml); write one to measure."


@pytest.mark.parametrize(
    ("shares", "complaint"),
    [
        ({"views": 1.0}, "must name `units`: units without a view would have probability 0"),
        ({"units": 0.5, "views": 0.4}, "must sum to 1, and sum to 0.9"),
    ],
)
def test_measure_shares_must_name_units_and_sum_to_one(
    own_conf: Path, shares: dict[str, float], complaint: str
) -> None:
    _write_design(own_conf, measure_shares=shares)
    assert _refusal(lambda: load_design("small")) == (
        f"conf/designs/small.yaml: field `measure_shares` is `{shares}`: {complaint}; mend it there"
    )


def test_a_small_design_has_safe_defaults(own_conf: Path) -> None:
    _write_design(own_conf)
    design = load_design("small")
    assert (design.design_id, design.method, design.strata) == ("small_v1", "bottom_k", ["surface"])
    assert (design.uniform_share, design.measure_shares) == (0.2, {"units": 0.5, "views": 0.5})


def test_a_design_that_weighs_an_unknown_policy_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\nversion: 1\nsample_size: 10\nseed: 1\npolicy_importance: {adult_contents: 2}\n")
    with pytest.raises(ConfigurationError, match="`policy_importance`: unknown policy `adult_contents`"):
        load_design_for(str(path), load_policies())


@pytest.mark.parametrize(
    ("rungs", "complaint"),
    [
        (["human", "llm"], "the rungs are human, llm; write each once, in the order llm, human, gold"),
        (["human", "human"], "the rungs are human, human; write each once, in the order llm, human, gold"),
    ],
)
def test_a_ladder_that_does_not_climb_is_refused(rungs: list[str], complaint: str) -> None:
    labelers = [
        {"rung": rung, "labeler_id": f"{rung}_{i}", "labeler": {"kind": "file", "path": "labels.csv"}}
        for i, rung in enumerate(rungs)
    ]
    assert complaint in _refusal(lambda: load_settings(assignments=[f"labelling.rungs={json.dumps(labelers)}"]))


def test_a_labeler_on_two_rungs_is_refused() -> None:
    labelers = [
        {"rung": rung, "labeler_id": "same", "labeler": {"kind": "file", "path": "labels.csv"}}
        for rung in ("llm", "human")
    ]
    refusal = _refusal(lambda: load_settings(assignments=[f"labelling.rungs={json.dumps(labelers)}"]))
    assert "`labeler_id` same is on two rungs; give each labeler its own" in refusal
