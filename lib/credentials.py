"""What looks like a credential, and how it is left out of everything that is shown or kept."""

import re
from collections.abc import Mapping
from typing import Any, Final

CREDENTIAL_NAME: Final = (
    r"(?i)secret|password|passwd|token(?!s\b)|credential|(access|account|api|private|encryption)[._-]?key"
    # Parquet's properties of a column end with its name: user_key and session_key are columns.
    r"|(?<!#user)(?<!#session)_key$|\bsas\b"
)
"""What the name of a property or a variable looks like if its value is secret; Java's regular expressions agree."""
LEFT_OUT: Final = "left out"

_NAMED = re.compile(CREDENTIAL_NAME)
# In Azure's addresses the container stands there, and no user.
_USER_IN_ADDRESS = re.compile(r"(?<=://)(?<!abfs://)(?<!abfss://)(?<!wasb://)(?<!wasbs://)[^/@\s]+@")
_WORDS = r"secret|password|passwd|token(?!s\b)|credential|signature|(?:access|account|api|private|encryption)[._-]?key"
# In the options of a JVM, in a property written as one text, and in the query of a signed address.
_SAID_IN_TEXT = re.compile(rf"(?i)((?:{_WORDS})[\w.-]*['\"]?\s*[=:]\s*['\"]?|[?&](?:sig|key)=)[^\s&,'\"}}\]]+")


def names_credential(name: str) -> bool:
    """Whether the value of something called `name` is to be shown to nobody."""
    return _NAMED.search(name) is not None


def without_credentials(content: Any) -> Any:
    """`content` (mappings, lists, scalars) with everything left out whose name or text looks like a credential."""
    if isinstance(content, Mapping):
        return {n: LEFT_OUT if names_credential(str(n)) else without_credentials(v) for n, v in content.items()}
    if isinstance(content, list | tuple):
        return [without_credentials(value) for value in content]
    return text_without_credentials(content) if isinstance(content, str) else content


def text_without_credentials(text: str) -> str:
    """`text` without users in addresses, and without what follows the name of a credential."""
    return _SAID_IN_TEXT.sub(rf"\1{LEFT_OUT}", _USER_IN_ADDRESS.sub("", text))
