"""Takes the disguises off a text, so that a rule written once finds a phrase however it is spelled or encoded."""

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

from lib.labelling.prompts.visible_text import hidden_characters, smuggled_text

# Accents of Latin, Greek and Cyrillic, Arabic vowel signs, the Devanagari nukta: what spelling often leaves out.
_MARKS_LEFT_OUT = re.compile("[\u0300-\u036f\u064b-\u065f\u0670\u093c]")
_LINE_BREAKS = re.compile("[\u0085\u2028\u2029]")
# Cyrillic and Greek letters that look like Latin ones (Unicode Technical Standard 39, the ones for lower case).
_LOOK_ALIKE_LETTERS = "авеѕіјкмнорсԁтуԛԝхһӏɡɩαβεικνορτυχωϲ"
_LOOK_ALIKES = str.maketrans(_LOOK_ALIKE_LETTERS, "abesijkmhopcdtyqwxhlgiabeiknoptuxwc")
# Inside a word or as its beginning: a letter behind a word is a unit or a slip of the keyboard.
_MIXED_WORD = re.compile(f"[a-z][{_LOOK_ALIKE_LETTERS}]+[a-z]|\\b[{_LOOK_ALIKE_LETTERS}]{{1,3}}[a-z]{{2}}")
_DIGITS_FOR_LETTERS = str.maketrans("013457@$!|", "oieastasii")
# A letter is never what may stand between letters: with `_` as both, a row of them could be read in countless ways.
_SPACED_LETTERS = re.compile(r"(?<![^\W_])(?:[^\W_][ .\-_*]{1,3}){5,}[^\W_](?![^\W_])")
_BETWEEN_LETTERS = re.compile(r"[^\w]|_")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[ :]?){12,}")
_ESCAPES = re.compile(r"(?:%[0-9a-fA-F]{2}|&#x?[0-9a-fA-F]{1,8};|\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}){6,}")
_READABLE = re.compile(r"[A-Za-z0-9 .,:;!?'\"_(){}\[\]=\-\n]{12,}")


def plain_form(text: str) -> str:
    """`text` without hidden characters, compatibility forms (NFKC), accents and case: what a reader makes of it."""
    lines = _LINE_BREAKS.sub("\n", text)
    hidden = set(hidden_characters(lines))
    seen = "".join(character for character in lines if character not in hidden)
    bare = _MARKS_LEFT_OUT.sub("", unicodedata.normalize("NFKD", seen))
    return unicodedata.normalize("NFC", bare).casefold().replace("ı", "i")


def is_mixed_script(plain: str) -> bool:
    """Whether a word of the plain form mixes Latin letters with Cyrillic or Greek ones that look like Latin."""
    return _MIXED_WORD.search(plain) is not None


def hidden_parts(text: str) -> list[str]:
    """Plain forms of what `text` carries unseen: in tag characters, or encoded."""
    return [plain_form(part) for part in (smuggled_text(text), *decoded_parts(text)) if part]


def respelled_forms(plain: str) -> Iterator[str]:
    """Other readings of a plain form: look-alikes and digits as letters, spaced letters joined, backwards, ROT13."""
    latin = plain.translate(_LOOK_ALIKES)
    yield latin
    yield latin.translate(_DIGITS_FOR_LETTERS)
    for spaced in _SPACED_LETTERS.findall(latin):
        yield _BETWEEN_LETTERS.sub("", spaced)
    yield plain[::-1]
    yield codecs.encode(plain, "rot13")


def decoded_parts(text: str) -> list[str]:
    """Readable texts that `text` carries in base64, hex, percent, HTML or backslash escapes."""
    decoded = [_from_base64(part) for part in _BASE64.findall(text)]
    decoded += [_from_hex(part) for part in _HEX.findall(text)]
    decoded += [_from_escapes(part) for part in _ESCAPES.findall(text)]
    return [part for part in decoded if _is_readable(part)]


def _from_base64(part: str) -> str:
    standard = part.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4)).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _from_hex(part: str) -> str:
    digits = re.sub("[ :]", "", part)
    return bytes.fromhex(digits[: len(digits) // 2 * 2]).decode("utf-8", "replace")


def _from_escapes(part: str) -> str:
    backslashes = re.sub(r"\\[xu]([0-9a-fA-F]{2,4})", lambda found: chr(int(found.group(1), 16)), part)
    try:
        return html.unescape(unquote(backslashes))
    except ValueError:  # a character reference with thousands of digits, behind percent escapes
        return ""


def _is_readable(decoded: str) -> bool:
    """Words with blanks between them; what decodes by chance is neither."""
    return _READABLE.fullmatch(decoded) is not None and " " in decoded.strip()
