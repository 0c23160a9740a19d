"""Tasks in Label Studio's JSON: what a reviewer sees of a unit, and the two names by which an answer finds its task."""

import html
import json
from collections.abc import Sequence

from lib.labelling.prompts.picture_urls import is_usable_url
from schemas.contracts.review_task import ReviewTask
from schemas.contracts.unit_content import PinContent

NO_TEXT = "(none)"

# Only what has the focus is sharp: a click shows one image, a click elsewhere hides it again.
_BLUR = (
    "<style>figure {display: inline-block; margin: 0 12px 12px 0; max-width: 320px; vertical-align: top}"
    " img {max-width: 320px; filter: blur(24px); cursor: pointer} img:focus {filter: none}</style>"
)


def label_studio_tasks(tasks: Sequence[ReviewTask], *, allows_private_image_hosts: bool = False) -> str:
    """`tasks` as the JSON array that Label Studio imports; the order is theirs."""
    content = [{"data": task_data(task, allows_private_image_hosts=allows_private_image_hosts)} for task in tasks]
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def task_data(task: ReviewTask, *, allows_private_image_hosts: bool = False) -> dict[str, str]:
    """The variables of one task; every task has the same ones, whatever it is for."""
    content = task.content
    return {
        "task_id": task.task_id,
        "prompt_version": task.prompt_version,
        "query": content.query_text or NO_TEXT,
        "response": content.response_text or NO_TEXT,
        "pins": pins_html(content.pins, allows_private_image_hosts=allows_private_image_hosts),
    }


def pins_html(pins: Sequence[PinContent], *, allows_private_image_hosts: bool = False) -> str:
    """Pins as HTML with blurred images; titles and addresses are hostile, and escaped.

    A reviewer's browser would fetch an image from where it stands: one on a private host is left out, unless allowed.
    """
    if not pins:
        return f"<p>{NO_TEXT}</p>"
    return _BLUR + "".join(_figure(pin, allows_private_image_hosts) for pin in pins)


def _figure(pin: PinContent, allows_private_image_hosts: bool) -> str:
    title = html.escape(pin.title or NO_TEXT)
    if not is_usable_url(pin.image_url or "", allows_private_hosts=allows_private_image_hosts):
        return f"<figure><p>(no image)</p><figcaption>{title}</figcaption></figure>"
    source = html.escape(pin.image_url or "")
    image = f'<img tabindex="0" alt="blurred image" referrerpolicy="no-referrer" src="{source}">'
    return f"<figure>{image}<figcaption>{title}</figcaption></figure>"
