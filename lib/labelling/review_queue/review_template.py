"""What every task of a day looks like: the labelling page, the written policies, and the hash that names them."""

from collections.abc import Sequence
from dataclasses import dataclass

from lib.labelling.review_queue.label_studio_config import guideline_lines, label_studio_config
from schemas.contracts.canonical_hash import canonical_hash
from schemas.contracts.policy import Policy


@dataclass(frozen=True)
class ReviewTemplate:
    """The page on which reviewers judge a unit by all `policies`."""

    policies: tuple[Policy, ...]

    @classmethod
    def of(cls, policies: Sequence[Policy]) -> "ReviewTemplate":
        """The page for `policies`, whatever order they come in."""
        return cls(tuple(sorted(policies, key=lambda policy: policy.id)))

    @property
    def policy_versions(self) -> dict[str, str]:
        """Every policy that a task asks for, to its version."""
        return {policy.id: policy.version for policy in self.policies}

    @property
    def prompt_version(self) -> str:
        """Hash of policies and page: what reviewers were shown beside the content."""
        content = [self.label_studio_config, [policy.content_hash for policy in self.policies]]
        return f"review-{canonical_hash(content)[:12]}"

    @property
    def label_studio_config(self) -> str:
        """The project's labelling configuration (XML)."""
        return label_studio_config(self.policies)

    @property
    def guidelines(self) -> str:
        """The written policies as Markdown, for those who review in a spreadsheet."""
        lines = []
        for policy in self.policies:
            lines += [f"# {policy.title} (`{policy.id}`, version {policy.version})", ""]
            for heading, entries in guideline_lines(policy):
                lines += [f"## {heading}", "", *[f"- {entry}" for entry in entries], ""]
        return "\n".join(lines)
