"""What a row becomes before anybody labels it: texts, titles, and addresses of pictures."""

import pytest
from pyspark.sql import SparkSession

from lib.labelling.redaction.redacted_rows import redacted_rows
from lib.labelling.redaction.redaction import Redaction
from lib.labelling.redaction.shown_content import shown_content
from schemas.columns import PIN_TYPE
from schemas.contracts.redaction_settings import RedactionSettings
from schemas.contracts.unit_content import PinContent, UnitContent

REDACTION = Redaction()
ROW = {
    "query_text": "mail jane@example.org",
    "response_text": None,
    "pins": [
        {"title": "by @jane", "image_url": "https://images.example/1.jpg?w=236&token=abc"},
        {"title": None, "image_url": None},
    ],
    "language": "en +44 20 7946 0958",
}


def test_every_text_of_a_row_is_redacted() -> None:
    assert shown_content(ROW, REDACTION) == UnitContent(
        query_text="mail ⟦e-mail⟧",
        pins=(PinContent(title="by ⟦handle⟧", image_url="https://images.example/1.jpg?w=236"), PinContent()),
        language="en ⟦phone⟧",
    )


def test_content_that_is_equal_after_redaction_shares_its_hash_and_only_that() -> None:
    other = ROW | {"query_text": "mail john.doe@example.com"}
    assert shown_content(other, REDACTION).content_hash == shown_content(ROW, REDACTION).content_hash
    as_written = Redaction(RedactionSettings(kinds=[]))
    assert shown_content(other, as_written).content_hash != shown_content(ROW, as_written).content_hash


def test_half_a_surrogate_pair_does_not_hide_an_address() -> None:
    assert shown_content(ROW | {"query_text": "\ud800jane@example.org"}, REDACTION).query_text == "\ufffd⟦e-mail⟧"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://images.example/236x/ab/cd.jpg", "https://images.example/236x/ab/cd.jpg"),
        ("https://images.example/1234567890123456.jpg?w=236&h=354&fit=crop", ...),
        ("https://images.example/a.jpg?w=236&access_token=x&h=1", "https://images.example/a.jpg?w=236&h=1"),
        ("https://images.example/a.jpg?e=jane@example.org", "https://images.example/a.jpg"),
        ("https://images.example/a.jpg?u=0123456789abcdef0123", "https://images.example/a.jpg"),
        ("https://images.example/a.jpg?n=2125550143", "https://images.example/a.jpg"),
        ("https://images.example/a.jpg#token=x", "https://images.example/a.jpg"),
        ("https://jane:pw@images.example/a.jpg", "https://images.example/a.jpg"),
        ("https://images.example/jane@example.org/a.jpg", None),
        ("https://images.example/jane%40example.org/a.jpg", None),
        ("https://signed.example/a.jpg?X-Amz-Signature=0a1b&X-Amz-Date=20260302T000000Z", ...),
        ("https://eu.signed.example/a.jpg?sig=0a1b", ...),
        ("https://notsigned.example/a.jpg?sig=0a1b", "https://notsigned.example/a.jpg"),
        ("//images.example/a.jpg?sig=1", "//images.example/a.jpg"),
        ("/a.jpg?w=1", ...),
        ("/a.jpg?sig=1", None),
        ("no address at all", "no address at all"),
        ("mail jane@example.org", None),
        ("https://[broken/a.jpg", ...),
        ("https://[broken/a.jpg?token=x", None),
        ("", ""),
    ],
)
def test_an_address_of_a_picture_tells_nobody_and_lets_nobody_in(url: str, shown: object) -> None:
    redaction = Redaction(RedactionSettings(signed_image_hosts=["signed.example"]))
    found = redaction.image_address(url)
    assert found == (url if shown is ... else shown)
    assert found is None or redaction.image_address(found) == found
    assert Redaction(RedactionSettings(kinds=[])).image_address(url) == url


def test_rows_that_are_kept_are_redacted_for_good(spark: SparkSession) -> None:
    pin = (0, "p", True, None, "signature", "https://images.example/1.jpg?token=x", "by @jane")
    schema = (
        f"item_id string, query_text string, response_text string, pins array<{PIN_TYPE}>, scores map<string,double>"
    )
    rows = spark.createDataFrame([("a", "mail jane@example.org", None, [pin], {"harm": 0.5})], schema)
    (row,) = redacted_rows(rows, REDACTION).collect()
    assert (row["item_id"], row["query_text"], row["response_text"]) == ("a", "mail ⟦e-mail⟧", None)
    assert tuple(row["pins"][0]) == (*pin[:5], "https://images.example/1.jpg", "by ⟦handle⟧")
    assert row["scores"] == {"harm": 0.5}
