"""YAML becomes plain values within bounds; what could run, fill the memory or say two things is refused."""

from pathlib import Path

import pytest
import yaml

from lib.located_yaml import MAXIMUM_BYTES, MAXIMUM_VALUES, read_located, yaml_value
from schemas.errors import ConfigurationError

LAUGHS = "a0: &a0 [ha, ha]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30))
MERGES = "a0: &a0 {x0: 1, y0: 2}\n" + "".join(
    f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}], x{n}: 1}}\n" for n in range(1, 30)
)


def _refusal(folder: Path, text: str) -> str:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as refused:
        read_located(path, "mine.yaml")
    assert len(str(refused.value)) < 400
    return str(refused.value)


@pytest.mark.parametrize("bomb", [LAUGHS, MERGES], ids=["aliases", "merges"])
@pytest.mark.slow
def test_aliases_of_aliases_are_refused_before_they_blow_up(tmp_path: Path, bomb: str) -> None:
    assert f"more than {MAXIMUM_VALUES:,} values" in _refusal(tmp_path, bomb)
    with pytest.raises(ConfigurationError, match="--set: it has more than"):
        yaml_value(f"{{{', '.join(bomb.splitlines())}}}", "--set")


def test_a_modest_alias_is_no_bomb(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("base: &base {a: 1}\nmore: {<<: *base, b: [*base, *base]}\n", encoding="utf-8")
    assert read_located(path, "mine.yaml").values["more"] == {"a": 1, "b": [{"a": 1}, {"a": 1}]}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: " + "[" * 5_000 + "]" * 5_000, "nested too deeply"),
        ("a: " + "{b: " * 5_000 + "}" * 5_000, "nested too deeply"),
        ("- " * 5_000 + "x", "nested too deeply"),
        ("a: &a [*a]", "contains itself"),
        ("a: " + "9" * 5_000, "a number of 5,000 characters"),
        ("a: 0x" + "f" * 5_000, "a number of 5,002 characters"),
        ("a: " + ":".join(["59"] * 5_000), "a number of 14,999 characters"),
        ("a: " + "x" * MAXIMUM_BYTES, f"more than {MAXIMUM_BYTES:,} bytes"),
        ("a: 1\nb: {c: 1, c: 2}", "field `b.c` stands on line 2 already"),
        ("a: 1\n'a': 2", "field `a` stands on line 1 already"),
        ("a: 1\n---\nb: 2", "broken YAML"),
        ("a: !!python/object/apply:os.system [touch planted]", "broken YAML, could not determine a constructor"),
        ("a: !!python/name:os.system", "broken YAML, could not determine a constructor"),
        ("!!python/object/new:type {}", "broken YAML, could not determine a constructor"),
        ("a: !include /etc/passwd", "broken YAML, could not determine a constructor"),
        ("a: \x00", "broken YAML"),
        ("? [a, b]\n: 1", "broken YAML"),
    ],
)  # fmt: skip
@pytest.mark.slow
def test_what_is_more_than_plain_values_is_refused(
    tmp_path: Path, text: str, complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert complaint in _refusal(tmp_path, text)
    assert not (tmp_path / "planted").exists()


def test_a_device_without_end_is_read_no_further_than_the_bound() -> None:
    with pytest.raises(ConfigurationError, match="more than"):
        read_located(Path("/dev/zero"), "zero")


def test_a_value_on_the_command_line_keeps_its_type() -> None:
    assert [yaml_value(text, "--set") for text in ("1", "a", "[1, b]", "", "2026-03-02")] == [
        1, "a", [1, "b"], None, yaml.safe_load("2026-03-02"),
    ]  # fmt: skip
