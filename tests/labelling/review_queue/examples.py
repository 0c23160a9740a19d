"""Invented policies, tasks and answers for the tests of human review."""

from dataclasses import replace
from datetime import UTC, date, datetime

from lib.labelling.review_queue.asked_task import AskedTask
from schemas.contracts.policy import Policy
from schemas.contracts.review_task import PolicyReview, ReviewAnswer, ReviewTask
from schemas.contracts.unit_content import PinContent, UnitContent

DS = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EXPORT = datetime(2026, 3, 2, 6, tzinfo=UTC)
EXPIRY = datetime(2026, 3, 9, 12, tzinfo=UTC)
VERSION = "review-0123456789ab"
SEVERITY = {"adult_content": ("suggestive", "explicit"), "harassment": ("rude", "threat")}
CSV_HEADER = (
    "task_id,prompt_version,reviewer,answered_at,seconds,note,"
    "verdict.adult_content,components.adult_content,severity.adult_content,verdict.harassment"
)
HOSTILE = "<script>document.title='x'</script> $response {{query}} =1+1 </Text> & \"quoted\" 'single'"


def policy(policy_id: str = "adult_content", **changes: object) -> Policy:
    """A short written policy; `changes` replace fields."""
    written: dict[str, object] = {
        "id": policy_id,
        "version": "1.0",
        "title": policy_id.replace("_", " ").capitalize(),
        "definition": f"What {policy_id} is, in one <sentence> that costs $price.",
        "violates": ("Fruit shown without its peel.",),
        "does_not_violate": ("Fruit in a bowl.",),
        "severity_levels": tuple({"id": level, "meaning": f"It is {level}."} for level in SEVERITY[policy_id]),
        "component_rules": {"query": "Words.", "response": "Sentences.", "image": "Pictures."},
        "combination_rules": ("A bowl next to a peel.",),
        "edge_cases": ({"sketch": "A banana", "verdict": "not_violating", "why": "It has a peel."},),
    }
    return Policy.model_validate(written | changes)


def task_id(number: int) -> str:
    """The id of the example task with this `number`."""
    return f"{number:032x}"


def review_task(number: int = 1, *, query: str | None = "apple pie", title: str | None = "A pie") -> ReviewTask:
    """A task with a query, a response of two lines and two Pins."""
    pins = (PinContent(title=title, image_url=f"http://127.0.0.1/{number}.png"), PinContent(title="No picture"))
    content = UnitContent(query_text=query, response_text="First line\nsecond line", pins=pins, language="en")
    return ReviewTask(task_id=task_id(number), prompt_version=VERSION, content=content)


ASKED = AskedTask(
    ds=DS,
    design_id="daily_v1",
    task_id=task_id(1),
    rung="human",
    purpose="sample",
    unit_id="u1",
    item_id=None,
    review_role="first",
    rung_probability=0.25,
    policies=("adult_content", "harassment"),
    policy_versions={"adult_content": "1.0", "harassment": "3"},
    prompt_version=VERSION,
    exported_at=EXPORT,
    expires_at=EXPIRY,
)


def asked(number: int, **changes: object) -> AskedTask:
    """A task as it was handed out: a first review of unit u<number>, unless `changes` say otherwise."""
    return replace(ASKED, **({"task_id": task_id(number), "unit_id": f"u{number}"} | changes))  # type: ignore[arg-type]


def review(verdict: str | None, *components: str, severity: str | None = None) -> PolicyReview:
    """What a reviewer said for one policy."""
    return PolicyReview(verdict=verdict, violating_components=components, severity=severity)


def answer(number: int = 1, reviewer: str | None = "7", **changes: object) -> ReviewAnswer:
    """An answer to task `number` at noon: the first policy is violated by the image, the second is not."""
    said: dict[str, object] = {
        "file_name": "a.json",
        "position": 1,
        "task_id": task_id(number),
        "prompt_version": VERSION,
        "reviewer": reviewer,
        "answered_at": NOON,
        "written_time": "2026-03-02T12:00:00Z",
        "seconds": 30.0,
        "reviews": {
            "adult_content": review("violating", "image", severity="explicit"),
            "harassment": review("not_violating"),
        },
    }
    return ReviewAnswer.model_validate(said | changes)
