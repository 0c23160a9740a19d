"""A language model as a labeler: what has no answer yet is asked, then every verdict is read from the answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from pyspark.sql import DataFrame

from lib.labelling.llm.answer_store import AnswerStore
from lib.labelling.llm.contents import distinct_contents, unit_contents
from lib.labelling.llm.online import AskingRun
from lib.labelling.llm.verdict_rows import final_answers, verdict_rows
from lib.labelling.prompts.unified_prompt import UnifiedPrompt
from lib.labelling.redaction.redaction import Redaction
from schemas.contracts.llm_settings import LlmLabelerSettings
from schemas.contracts.policy import Policy
from schemas.errors import ConfigurationError


@dataclass(frozen=True)
class LlmLabeler:
    """Asks the endpoint that `environment` names, pays for each content once, and answers from `store`."""

    labeler_id: str
    prompt: UnifiedPrompt
    settings: LlmLabelerSettings
    redaction: Redaction
    store: AnswerStore
    environment: Mapping[str, str] = field(repr=False)
    label_source: str = "llm"
    reads_content: bool = True

    @classmethod
    def of(
        cls,
        labeler_id: str,
        settings: LlmLabelerSettings,
        *,
        policies: Sequence[Policy],
        redaction: Redaction,
        store: AnswerStore,
        environment: Mapping[str, str],
    ) -> Self:
        """The labeler that judges by all of `policies` at once."""
        prompt = UnifiedPrompt.of(
            policies,
            model=settings.model,
            image_limit=settings.image_limit,
            redaction_version=redaction.version,
            allows_private_image_hosts=settings.allows_private_image_hosts,
        )
        return cls(labeler_id, prompt, settings, redaction, store, environment)

    @property
    def prompt_version(self) -> str:
        """Content hash of policies, template, answer schema, model, number of pictures and redaction."""
        return self.prompt.prompt_version

    def verdicts(self, units: DataFrame, policies: Sequence[str]) -> DataFrame:
        """Verdicts on `units`; see Labeler.verdicts.

        Online, contents without a final answer are asked first, within the budget. Raises ConfigurationError.
        """
        self._require_known(policies)
        contents = self.contents(units)
        if self.settings.mode == "online":
            run = AskingRun(self.labeler_id, self.prompt, self.settings, self.store, self.environment)
            run.ask(self.unanswered(contents))
        return verdict_rows(contents, self.answers(), policies=policies, ds=self.store.ds)

    def contents(self, units: DataFrame) -> DataFrame:
        """What it is shown of `units`: see `unit_contents`."""
        return unit_contents(units, self.redaction)

    def answers(self) -> DataFrame:
        """The final answers that are there; columns of llm_answers."""
        return final_answers(self.store.read(), labeler_id=self.labeler_id, prompt_version=self.prompt_version)

    def unanswered(self, contents: DataFrame) -> DataFrame:
        """The distinct ones of `contents` that have no final answer: content_hash, content, injection_signs."""
        return distinct_contents(contents).join(self.answers().select("content_hash"), "content_hash", "left_anti")

    def _require_known(self, policies: Sequence[str]) -> None:
        unknown = sorted(set(policies) - set(self.prompt.policy_ids))
        if unknown:
            raise ConfigurationError(
                f"LLM labeler `{self.labeler_id}`: its prompt has no policy `{unknown[0]}`, it has "
                f"{', '.join(self.prompt.policy_ids)}; build the labeler with the policies that it is to judge."
            )
