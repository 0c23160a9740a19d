"""What the other engines have of their own is what lib has."""

import pyarrow as pa
import pytest

from lib.sampling import rungs, size_measure
from lib.sampling.array_selection import permanent_random_numbers
from lib.scoring import text_scorer
from lib.units import deliveries, identifiers, platform_scores, readable_text, record_checks
from scripts.benchmark import log_rules, sample_estimates, sampling_plan
from scripts.benchmark.unit_random_numbers import random_numbers


def test_constants_are_those_of_lib() -> None:
    assert log_rules.BLANK_CHARACTERS == readable_text.BLANK_CHARACTERS
    assert log_rules.REPLACEMENT == readable_text.REPLACEMENT
    assert (log_rules.SEPARATOR, log_rules.ESCAPE) == (identifiers._SEPARATOR, identifiers._ESCAPE)
    assert -log_rules.EARLIEST.days == record_checks._DAYS_BEFORE
    assert log_rules.LATEST.days == record_checks._DAYS_AFTER
    assert deliveries._FIXED_BYTES == log_rules.FIXED_BYTES
    assert platform_scores._BYTES_PER_SCORE == log_rules.BYTES_PER_SCORE
    assert text_scorer.SCORE_DECIMALS == log_rules.SCORE_DECIMALS
    assert size_measure._PRIOR_PREVALENCE == sampling_plan.PRIOR_PREVALENCE
    assert sample_estimates._RUNG_UNIFORM_SHARE == rungs._UNIFORM_SHARE


def test_random_numbers_are_the_same_bits() -> None:
    unit_ids = [f"{number:032x}" for number in (0, 1, 2**127 + 3, *range(10**30, 10**30 + 50))]
    found = random_numbers(pa.array(unit_ids), seed=20260101)
    assert found.tolist() == permanent_random_numbers(unit_ids, seed=20260101).tolist()


def test_random_numbers_of_part_of_an_array() -> None:
    unit_ids = pa.array([f"{number:032x}" for number in range(10)])
    assert random_numbers(unit_ids[3:7], seed=1).tolist() == random_numbers(unit_ids, seed=1).tolist()[3:7]


def test_an_id_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 characters"):
        random_numbers(pa.array(["a" * 32, "b" * 31]), seed=1)
