"""What every task of a day looks like: the labelling page, the written policies, and the hash that names them."""

from collections.abc import Sequence
from dataclasses import dataclass

from lib.labelling.review_queue.label_studio_config import REDACTION_NOTE, guideline_lines, label_studio_config
from schemas.contracts.canonical_hash import canonical_hash
from schemas.contracts.policy import Policy
from schemas.contracts.redaction_settings import PLACEHOLDERS


@dataclass(frozen=True)
class ReviewTemplate:
    """The page on which reviewers judge a unit by all `policies`."""

    policies: tuple[Policy, ...]
    redaction_version: str

    @classmethod
    def of(cls, policies: Sequence[Policy], *, redaction_version: str) -> "ReviewTemplate":
        """The page for `policies`, whatever order they come in, and content that is redacted by that version."""
        return cls(tuple(sorted(policies, key=lambda policy: policy.id)), redaction_version)

    @property
    def policy_versions(self) -> dict[str, str]:
        """Every policy that a task asks for, to its version."""
        return {policy.id: policy.version for policy in self.policies}

    @property
    def prompt_version(self) -> str:
        """Hash of policies, page and redaction: what reviewers are shown beside the content, and what is not."""
        content = [self.label_studio_config, [policy.content_hash for policy in self.policies], self.redaction_version]
        return f"review-{canonical_hash(content)[:12]}"

    @property
    def label_studio_config(self) -> str:
        """The project's labelling configuration (XML)."""
        return label_studio_config(self.policies)

    @property
    def guidelines(self) -> str:
        """The written policies as Markdown, for those who review in a spreadsheet."""
        lines = [f"{REDACTION_NOTE} {', '.join(PLACEHOLDERS.values())}", ""]
        for policy in self.policies:
            lines += [f"# {policy.title} (`{policy.id}`, version {policy.version})", ""]
            for heading, entries in guideline_lines(policy):
                lines += [f"## {heading}", "", *[f"- {entry}" for entry in entries], ""]
        return "\n".join(lines)
