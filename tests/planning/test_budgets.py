"""Budgets and the errors they give, there and back."""

import numpy as np
import pytest

from lib.planning.budgets import BudgetPlan, Number, budget_for_relative_error, cost_of
from lib.planning.experience import Experience
from lib.planning.label_model import ErrorRates
from lib.planning.plan_model import PlanModel
from tests.planning.frames import POLICIES, key, unit_frame

NUMBERS: list[Number] = [(key(policy), measure) for policy in POLICIES for measure in ("units", "views")]
LADDER = (("llm", "human"), [ErrorRates(0.85, 0.997)], (1500.0, 400.0))


@pytest.fixture(scope="module")
def model() -> PlanModel:
    rungs, rates, _ = LADDER
    return unit_frame(np.random.default_rng(2), size=10_000, prevalences=(0.03, 0.01)).model(rungs, rates)


@pytest.fixture(scope="module")
def plan(model: PlanModel) -> BudgetPlan:
    return BudgetPlan.of(model, LADDER[2], estimator="regression")


@pytest.mark.slow
def test_the_budget_for_an_error_gives_that_error(plan: BudgetPlan) -> None:
    for number in NUMBERS:
        enough = budget_for_relative_error(plan, [number], 0.15)
        assert enough.relative_errors([number]) == pytest.approx([0.15], rel=1e-3)
        assert enough.sizes[1] / enough.sizes[0] == pytest.approx(400 / 1500)


def test_an_error_that_is_there_already_needs_the_budget_that_gave_it(plan: BudgetPlan) -> None:
    (error,) = plan.relative_errors(NUMBERS[:1])
    assert budget_for_relative_error(plan, NUMBERS[:1], error).sizes == pytest.approx(plan.sizes, rel=1e-3)


@pytest.mark.slow
def test_the_budget_for_all_is_that_of_the_worst(plan: BudgetPlan) -> None:
    alone = [budget_for_relative_error(plan, [number], 0.15).sizes[0] for number in NUMBERS]
    together = budget_for_relative_error(plan, NUMBERS, 0.15)
    assert together.sizes[0] == pytest.approx(max(alone), rel=1e-3)
    assert together.worst_relative_error(NUMBERS) == pytest.approx(0.15, rel=1e-3)


def test_more_labels_never_make_an_error_larger(plan: BudgetPlan) -> None:
    errors = [plan.scaled(factor).relative_errors(NUMBERS) for factor in (0.25, 0.5, 1, 2, 4, 8)]
    assert np.all(np.diff(np.array(errors), axis=0) < 0)


def test_a_census_has_no_error_and_no_budget_is_larger(plan: BudgetPlan, model: PlanModel) -> None:
    census = plan.scaled(1e6)
    assert census.sizes == (model.population_size, model.population_size)
    assert census.worst_relative_error(NUMBERS) == pytest.approx(0.0, abs=1e-6)
    nearly = budget_for_relative_error(plan, NUMBERS, 1e-5)
    assert nearly.sizes[0] == model.population_size


def test_a_budget_below_the_minimum_becomes_the_minimum(plan: BudgetPlan, model: PlanModel) -> None:
    assert plan.scaled(1e-6).sizes == (model.smallest_budget, 1.0)
    assert budget_for_relative_error(plan, NUMBERS, 1e3).sizes[0] == model.smallest_budget


def test_every_unit_climbs_where_the_rung_above_asks_for_more(model: PlanModel) -> None:
    plan = BudgetPlan.of(model, (1000, 5000), estimator="regression")
    alone = BudgetPlan.of(
        PlanModel(**vars_of(model) | {"rungs": ("human",), "error_rates": {policy: [] for policy in POLICIES}}),
        (1000,),
        estimator="regression",
    )
    assert plan.sizes == (1000, 1000)
    # With everybody on the last rung the one below says nothing more: λ tunes it away, up to its shrinkage.
    for number in NUMBERS:
        assert plan.relative_errors([number]) == pytest.approx(alone.relative_errors([number]), rel=0.02)


def test_experience_corrects_prevalence_and_error(plan: BudgetPlan, model: PlanModel) -> None:
    experience = Experience({("rare", "units"): 2.0}, {("rare", "units"): 2.25})
    corrected = BudgetPlan.of(
        PlanModel(**vars_of(model) | {"experience": experience}), plan.sizes, estimator="regression"
    )
    before, after = plan.error((key("rare"), "units")), corrected.error((key("rare"), "units"))
    assert before is not None
    assert after is not None
    assert after.prevalence == pytest.approx(2 * before.prevalence)
    assert after.std_error == pytest.approx(1.5 * before.std_error)
    assert after.scores_std_error == pytest.approx(before.scores_std_error)
    assert corrected.error((key("common"), "units")) == plan.error((key("common"), "units"))


def test_costs() -> None:
    assert cost_of((1500.0, 400.0), (0.02, 1.5)) == pytest.approx(630.0)
    assert cost_of((1500.0, 400.0), (0.02, None)) is None


def test_no_error_at_all_is_refused(plan: BudgetPlan) -> None:
    with pytest.raises(ValueError, match="wanted must be > 0, not 0"):
        budget_for_relative_error(plan, NUMBERS, 0.0)


def vars_of(model: PlanModel) -> dict[str, object]:
    return {name: getattr(model, name) for name in PlanModel.__dataclass_fields__}
