"""One hard case: content, what is expected of a labeler, and what it was made of."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from lib.labelling.labeler import content_hash
from schemas.contracts.unit_content import PinContent, UnitContent

Verdict = Literal["violating", "not_violating"]
PLACES = ("query", "response", "image")
# What stands in the parts that carry nothing: as dull as possible.
_QUERY, _RESPONSE, _TITLE = "ideas for the weekend", "Here are some pictures that others saved.", "Saved picture"


@dataclass(frozen=True)
class ProbeCase:
    """A probe of one policy.

    `family` names the phrase it was made of: variants of one phrase are not independent trials. `components` are the
    violating ones, empty for a harmless case.
    """

    policy: str
    tactic: str
    expected_verdict: Verdict
    components: tuple[str, ...]
    content: UnitContent
    family: str

    @cached_property
    def case_id(self) -> str:
        """Content hash of policy, tactic, expectation and content."""
        content = self.content.model_dump(mode="json")
        return "probe-" + content_hash([self.policy, self.tactic, self.expected_verdict, self.components, content])

    @property
    def is_violating(self) -> bool:
        """Whether a labeler should call it violating."""
        return self.expected_verdict == "violating"


def phrase_case(
    text: str,
    *,
    policy: str,
    tactic: str,
    is_violating: bool,
    number: int,
    family: str | None = None,
    language: str | None = "en",
) -> ProbeCase:
    """A case that carries `text` in one part: query, response or title of a Pin by turns of `number`.

    `family` is the phrase that `text` was made of; the text itself if none is given.
    """
    place = PLACES[number % len(PLACES)]
    content = UnitContent(
        query_text=text if place == "query" else _QUERY,
        response_text=text if place == "response" else _RESPONSE,
        pins=(PinContent(title=text if place == "image" else _TITLE),),
        language=language,
    )
    return ProbeCase(
        policy=policy,
        tactic=tactic,
        expected_verdict="violating" if is_violating else "not_violating",
        components=(place,) if is_violating else (),
        content=content,
        family=family or text,
    )
