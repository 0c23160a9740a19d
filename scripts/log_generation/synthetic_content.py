"""Content of invented interactions: harm drawn by policy, texts to go with it, and scores if wanted."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from scripts.log_generation.harm import Harm, draw_harm
from scripts.log_generation.interactions import Interactions
from scripts.log_generation.platform_scores import draw_platform_scores
from scripts.log_generation.policies import POLICIES, PolicyProfile
from scripts.log_generation.texts import PhraseTable, Texts, compose_texts
from scripts.log_generation.traffic import DayPlan, Stream


@dataclass(frozen=True)
class Content:
    """What a chunk's interactions say and whether it violates; `extra_truth` maps truth folders to tables."""

    interactions: Interactions
    texts: Texts
    harm: Harm
    platform_scores: pa.Array | None = None
    extra_truth: dict[str, pa.Table] = field(default_factory=dict)


class SyntheticContent:
    """Benign phrases and invented code words; the rate of every policy is multiplied by `rate_scale`."""

    def __init__(
        self,
        seed: int,
        rate_scale: float = 1.0,
        has_platform_scores: bool = False,
        policies: Sequence[PolicyProfile] = POLICIES,
    ) -> None:
        self._profiles = tuple(policies)
        self._rate_scale = rate_scale
        self._has_platform_scores = has_platform_scores
        self._phrases = PhraseTable(seed)
        self.policies = tuple(policy.name for policy in policies)
        self.marked_components = tuple(frozenset(policy.markers) for policy in policies)

    def fill(self, plan: DayPlan, chunk: int, interactions: Interactions) -> Content:
        """Return the content of one chunk of the day; it depends on nothing but its arguments."""
        harm = draw_harm(plan, chunk, interactions, self._profiles, self._rate_scale)
        rng = plan.random(Stream.TEXTS, chunk)
        texts = compose_texts(rng, self._phrases, interactions, harm, self._profiles)
        scores = None
        if self._has_platform_scores:
            scores = draw_platform_scores(
                plan,
                chunk,
                interactions=interactions,
                harm=harm,
                policies=self._profiles,
                rate_scale=self._rate_scale,
            )
        return Content(interactions, texts, harm, scores)
