"""The labelling page of Label Studio: content and written policies side by side, one choice per policy.

Content never stands in the configuration, only the variables $query, $response and $pins, which Label Studio fills from
the task: query and response as plain text, Pins as HTML in a frame of their own that label_studio_tasks.py escapes.
"""

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from lib.labelling.prompts.visible_text import visible_text
from schemas.contracts.policy import Policy
from schemas.contracts.redaction_settings import PLACEHOLDERS
from schemas.labels import COMPONENTS, VERDICTS

# Policy ids have no hyphen, so a control's name says what it asks and for which policy.
QUESTION_SEPARATOR = "-"
QUESTIONS = ("verdict", "components", "severity")
NOTE = "note"

REDACTION_NOTE = "Judge as if you saw what was taken out for privacy; the person saw it. It is shown as"
# Half the page each: an open policy must not squeeze the content.
_LAYOUT = (
    ".review {display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 24px; align-items: start}"
    " .policy {border-top: 1px solid #d0d0d0; padding: 8px 0}"
    " .guideline * {font-size: 14px; font-weight: normal; margin: 2px 0}"
)


def label_studio_config(policies: Sequence[Policy]) -> str:
    """The project's labelling configuration (XML) for tasks that ask for all `policies`."""
    view = Element("View")
    SubElement(view, "Style").text = _LAYOUT
    columns = SubElement(view, "View", className="review")
    _add_content(SubElement(columns, "View"))
    questions = SubElement(columns, "View")
    for policy in policies:
        _add_policy(SubElement(questions, "View", className="policy"), policy)
    SubElement(questions, "Header", value="Note (optional; quote nothing that names a person)", size="5")
    SubElement(questions, "TextArea", name=NOTE, toName="query", rows="2", maxSubmissions="1", editable="true")
    indent(view)
    return tostring(view, encoding="unicode") + "\n"


def control_name(question: str, policy: str) -> str:
    """Name of the control that asks `question` (verdict, components, severity) for `policy`."""
    return f"{question}{QUESTION_SEPARATOR}{policy}"


def guideline_lines(policy: Policy) -> Iterator[tuple[str, list[str]]]:
    """The written policy as a reviewer reads it: headings, each with its lines."""
    yield "Definition", [policy.definition]
    yield "Violates", list(policy.violates)
    yield "Does not violate", list(policy.does_not_violate)
    rules = policy.component_rules
    yield "Components", [f"Query: {rules.query}", f"Response: {rules.response}", f"Image: {rules.image}"]
    yield "Combination", list(policy.combination_rules)
    yield "Severity", [f"{level.id}: {level.meaning}" for level in policy.severity_levels]
    yield "Edge cases", [f"{case.sketch} – {case.verdict}: {case.why}" for case in policy.edge_cases]
    if policy.language_notes:
        yield "Languages", [f"{language}: {note}" for language, note in sorted(policy.language_notes.items())]


def _add_content(view: Element) -> None:
    for title, name in (("Query", "query"), ("Response", "response")):
        SubElement(view, "Header", value=title, size="4")
        SubElement(view, "Text", name=name, value=f"${name}", selectionEnabled="false")
    SubElement(view, "Header", value=f"{REDACTION_NOTE} {', '.join(PLACEHOLDERS.values())}", size="6")
    SubElement(view, "Header", value="Pins (an image is blurred until it is clicked)", size="4")
    SubElement(view, "HyperText", name="pins", value="$pins", selectionEnabled="false", clickableLinks="false")


def _add_policy(view: Element, policy: Policy) -> None:
    title = _literal(policy.title)
    SubElement(view, "Header", value=title, size="4")
    panel = SubElement(SubElement(view, "Collapse"), "Panel", value=f"Policy: {title} {_literal(policy.version)}")
    text = SubElement(panel, "View")
    for heading, lines in guideline_lines(policy):
        SubElement(text, "Header", value=heading, size="6")
        guideline = SubElement(text, "View", className="guideline")
        for line in lines:
            SubElement(guideline, "Header", value=_literal(f"• {line}"), size="6")
    _add_choices(view, control_name("verdict", policy.id), VERDICTS, choice="single-radio")
    details = SubElement(
        view,
        "View",
        visibleWhen="choice-selected",
        whenTagName=control_name("verdict", policy.id),
        whenChoiceValue="violating",
    )
    SubElement(details, "Header", value="What violates", size="6")
    _add_choices(details, control_name("components", policy.id), COMPONENTS, choice="multiple")
    SubElement(details, "Header", value="How grave it is", size="6")
    _add_choices(details, control_name("severity", policy.id), policy.severity_ids, choice="single-radio")


def _add_choices(view: Element, name: str, values: Sequence[str], *, choice: str) -> None:
    attributes = {"name": name, "toName": "query", "choice": choice, "showInline": "true", "required": "true"}
    choices = SubElement(view, "Choices", attributes)
    for value in values:
        SubElement(choices, "Choice", value=value)


def _literal(text: str) -> str:
    """`text` without what Label Studio would take for a variable of the task, and what XML cannot hold as marks."""
    return visible_text(text).replace("$", "\uff04")
