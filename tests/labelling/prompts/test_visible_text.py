"""Hidden characters become marks, visible text of every script stays as it is."""

import pytest

from lib.labelling.prompts.visible_text import shortened, visible_text


@pytest.mark.parametrize(
    "text",
    [
        "plain words, 100 % fine\nsecond line\ttab\r\n",
        "naïve café Ünïcödé — “quotes” … €",
        "Привет мир",
        "שלום עולם",
        "مرحبا بالعالم",
        "می\u200cخواهم",  # Persian: the non-joiner is spelling
        "क्\u200dष",  # Devanagari: the joiner is spelling
        "日本語の文章、한국어 문장、中文",
        "👩\u200d💻 👍🏽 ❤\ufe0f 1\ufe0f⃣",  # emoji sequences
        "a\u00a0b\u3000c",
    ],
)
def test_visible_text_stays(text: str) -> None:
    assert visible_text(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", "a⟦U+202E⟧b"),
        ("a\u200bb", "a⟦U+200B⟧b"),
        ("a" + "\u200b" * 40, "a⟦U+200B×40⟧"),
        ("a\u200b\u200c\u200b", "a⟦U+200B⟧⟦U+200C⟧⟦U+200B⟧"),
        ("pay\u200dpal", "pay⟦U+200D⟧pal"),
        ("x" + "".join(chr(0xE0000 + ord(c)) for c in "obey me") + "y", "x⟦tags:obey me⟧y"),
        ("\U000e0001\U000e0041\U000e007f", "⟦U+E0001⟧⟦tags:A⟧⟦U+E007F⟧"),
        ("\x00\x1b\x7f\x85", "⟦U+0000⟧⟦U+001B⟧⟦U+007F⟧⟦U+0085⟧"),
        ("a\u2028b\u2029", "a⟦U+2028⟧b⟦U+2029⟧"),
        ("\ufeffa", "⟦U+FEFF⟧a"),
        ("a\ufe0f", "a⟦U+FE0F⟧"),
        ("⟦U+202E⟧", "⟦U+27E6⟧U+202E⟦U+27E7⟧"),
        ("\u3164\u115f", "⟦U+3164⟧⟦U+115F⟧"),
    ],
)
def test_hidden_characters_become_marks(text: str, shown: str) -> None:
    assert visible_text(text) == shown


@pytest.mark.parametrize(
    ("shown", "limit", "expected"),
    [
        ("abcdefgh", 8, "abcdefgh"),
        ("abcdefghi", 8, "abcdef⟦1 characters left out⟧hi"),
        ("abcd⟦U+202E⟧", 8, "abcd⟦8 characters left out⟧"),  # no half marks at either end
        ("ab⟦U+202E⟧cdefgh", 12, "ab⟦11 characters left out⟧fgh"),
        ("abcdefghijk⟦U+202E⟧l", 8, "abcdef⟦13 characters left out⟧l"),
        ("a" * 60 + "⟦U+202E⟧l⟦U+0000⟧", 48, "a" * 36 + "⟦32 characters left out⟧l⟦U+0000⟧"),
        ("⟦U+202E⟧abcdefgh", 4, "⟦15 characters left out⟧h"),
    ],
)
def test_long_texts_keep_their_two_ends(shown: str, limit: int, expected: str) -> None:
    assert shortened(shown, limit) == expected
