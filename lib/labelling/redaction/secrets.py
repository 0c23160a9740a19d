"""Finds passwords, tokens and keys: in URLs, behind their names, and by their form."""

import re
from collections.abc import Iterator

from lib.labelling.redaction.folded_text import UNSPACED
from schemas.contracts.redaction_settings import RedactionSettings

# Parameters that let somebody in, or tell who somebody is.
REVEALING_PARAMETERS = (
    r"(?:[a-z_\-]{0,20}(?:token|secret|passw(?:or)?d|passwd|api[_-]?key|access[_-]?key|private[_-]?key|signature|session|"
    r"credential|jwt|e[_-]?mail)s?(?:[_-]?id)?|auth|authorization|pwd|pass|pin|otp|key|sid|sig|hmac|code|uid|login|phone|"
    r"user(?:name|id|_id)?|tel|mobile|x-amz-[a-z\-]{1,30})"
)
# Up to the punctuation of the sentence around it; a placeholder has nothing left to hide.
_VALUE = r"[^\s&#;<>\"'\u27e6\u27e7]*[^\s&#;<>\"'\u27e6\u27e7.,:)\]}]"
_PARAMETER_VALUE = rf"(?:(?![{UNSPACED}])[^\s&#;<>\"'\u27e6\u27e7])+"
_USER_IN_URL = re.compile(r"(?<![\w+.-])[a-z][a-z0-9+.-]{1,20}://(?P<user>[^\s/?#@<>\"\u27e6]{1,200})@", re.IGNORECASE)
_PARAMETER = re.compile(
    rf"[?&#;](?:amp;)?{REVEALING_PARAMETERS}=(?P<value>{_PARAMETER_VALUE}(?<![.,:)\]}}]))", re.IGNORECASE
)
_NAMED = re.compile(
    r"(?<![\w-])(?:pass(?:word|wort|wd)?|contrase\u00f1a|mot de passe|pwd|api[ _-]?key|access[ _-]?token|bearer|"
    rf"secret(?:[ _-]key)?)(?:[ \t]{{1,2}}is)?[ \t]{{0,2}}[:=][ \t]{{0,2}}(?P<value>{_VALUE})",
    re.IGNORECASE,
)
_BEARER = re.compile(r"(?<![\w-])bearer[ \t]{1,2}(?P<value>[\w.~+/=-]{16,})", re.IGNORECASE)
# By their makers' beginnings: JSON web tokens, cloud, payment, source-hosting, chat and model providers, private keys.
_FORMS = re.compile(
    r"(?<![\w-])(?:eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{0,2000}|(?:AKIA|ASIA)[A-Z0-9]{16}(?!\w)|AIza[\w-]{35}|gh[pousr]_\w{30,}|"
    r"github_pat_\w{30,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{10,}|sk-[\w-]{20,}|[rsp]k_(?:live|test)_\w{16,}|SG\.[\w-]{16,}\.[\w-]{16,})"
)
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\w+/=\s\\]{0,10000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?"
)


def find_secrets(text: str, _settings: RedactionSettings) -> Iterator[tuple[int, int]]:
    """Places of secrets in the folded `text`; of a URL only what is secret of it."""
    for found in _USER_IN_URL.finditer(text):
        yield found.span("user")
    for pattern in (_PARAMETER, _NAMED, _BEARER):
        for found in pattern.finditer(text):
            yield found.span("value")
    for pattern in (_FORMS, _PRIVATE_KEY):
        for found in pattern.finditer(text):
            yield found.span()
