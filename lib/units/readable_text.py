"""Text as anyone may have logged it: bytes that are no UTF-8 are replaced, and what says nothing counts as blank."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StringType

# What stands for bytes that no decoder understood, here or in a program before us.
REPLACEMENT = "\ufffd"

# Unicode's White_Space, the null character that some programs write for nothing, and what has no width.
BLANK_CHARACTERS = (
    "\x00\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    "\u200a\u2028\u2029\u202f\u205f\u3000\u200b\u200c\u200d\u2060\ufeff"
)


def with_valid_text(log: DataFrame, *, untouched: Sequence[str] = ()) -> DataFrame:
    """`log` with U+FFFD for every byte sequence that is no UTF-8, in all string columns but `untouched`.

    Spark carries invalid bytes along, but nothing that reads them later can: Arrow, JSON, Python, other engines.
    """
    return log.select(
        *[
            F.make_valid_utf8(field.name).alias(field.name)
            if isinstance(field.dataType, StringType) and field.name not in untouched
            else F.col(field.name)
            for field in log.schema.fields
        ]
    )


def is_blank(text: Column) -> Column:
    """Whether `text`, valid UTF-8, is null, empty, or made of characters that show nothing."""
    # Trimming is dear. What is blank begins with a byte up to 0x20, or from 0xC2.
    may_be_blank = (text < "!") | (text >= "\u0080")
    return text.isNull() | (may_be_blank & (F.btrim(text, F.lit(BLANK_CHARACTERS)) == ""))


def unless_blank(text: Column) -> Column:
    """`text`, whatever its bytes; null if it is blank."""
    return F.when(~is_blank(F.make_valid_utf8(text)), text)
