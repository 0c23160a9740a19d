"""Tasks in Label Studio's JSON: what a reviewer sees of a unit, and the two names by which an answer finds its task."""

import html
import json
from collections.abc import Sequence
from urllib.parse import urlsplit

from schemas.contracts.review_task import ReviewTask
from schemas.contracts.unit_content import PinContent

NO_TEXT = "(none)"

# Only what has the focus is sharp: a click shows one image, a click elsewhere hides it again.
_BLUR = (
    "<style>figure {display: inline-block; margin: 0 12px 12px 0; max-width: 320px; vertical-align: top}"
    " img {max-width: 320px; filter: blur(24px); cursor: pointer} img:focus {filter: none}</style>"
)


def label_studio_tasks(tasks: Sequence[ReviewTask]) -> str:
    """`tasks` as the JSON array that Label Studio imports; the order is theirs."""
    return json.dumps([{"data": task_data(task)} for task in tasks], ensure_ascii=False, indent=1) + "\n"


def task_data(task: ReviewTask) -> dict[str, str]:
    """The variables of one task; every task has the same ones, whatever it is for."""
    content = task.content
    return {
        "task_id": task.task_id,
        "prompt_version": task.prompt_version,
        "query": content.query_text or NO_TEXT,
        "response": content.response_text or NO_TEXT,
        "pins": pins_html(content.pins),
    }


def pins_html(pins: Sequence[PinContent]) -> str:
    """Pins as HTML with blurred images; titles and addresses are hostile, and escaped."""
    if not pins:
        return f"<p>{NO_TEXT}</p>"
    return _BLUR + "".join(_figure(pin) for pin in pins)


def _figure(pin: PinContent) -> str:
    title = html.escape(pin.title or NO_TEXT)
    if not is_web_address(pin.image_url):
        return f"<figure><p>(no image)</p><figcaption>{title}</figcaption></figure>"
    source = html.escape(pin.image_url or "")
    image = f'<img tabindex="0" alt="blurred image" referrerpolicy="no-referrer" src="{source}">'
    return f"<figure>{image}<figcaption>{title}</figcaption></figure>"


def is_web_address(url: str | None) -> bool:
    """Whether `url` is one that a browser may fetch as an image: http or https, with a host."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)
