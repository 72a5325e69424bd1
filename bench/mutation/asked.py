"""Which tests are asked about a mutant, those that notice most and soonest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.mutation.mutant import Mutant

# Asked patient by patient, until the first whose answer differs.
KNOWN = "tests/test_answers_known.py"
_ALL = (
    KNOWN,
    "tests/test_safety_rules.py",
    "tests/test_safety_checks.py",
    "tests/test_marks.py",
    "tests/test_cases.py",
    "tests/test_oracle_agrees.py",
    "tests/test_law_4_doses.py",
    "tests/test_statements.py",
    "tests/test_api.py",
    "tests/test_render_golden.py",
    "tests/test_safety_words.py",
    "tests/test_law_2_nothing_and_everything.py",
    "tests/test_law_8_basis.py",
    "tests/test_law_5_not_tolerated.py",
    "tests/test_law_6_same_bytes.py",
    "tests/test_law_1_learning.py",
    "tests/test_safety_law.py",
    "tests/test_safety_population.py",
)
_ORDERS = (
    "tests/test_order_limits.py",
    "tests/test_order_rules.py",
    "tests/test_order_content.py",
    "tests/test_order_document.py",
    "tests/test_order_fhir.py",
    "tests/test_service_orders.py",
)
_PLAN = (
    "tests/test_plan_policy.py",
    "tests/test_plan_dates.py",
    "tests/test_plan_regimen.py",
    "tests/test_plan_ics.py",
    "tests/test_plan_command.py",
)
_RECORD = (
    "tests/test_record_codes.py",
    "tests/test_fhir_codes.py",
    "tests/test_fhir_conditions.py",
    "tests/test_fhir_observations.py",
    "tests/test_fhir_history.py",
    "tests/test_fhir_allergies.py",
    "tests/test_fhir_bundle.py",
    "tests/test_fhir_questionnaire.py",
    "tests/test_fhir_other_content.py",
    "tests/test_fhir_laws.py",
)
_DEPARTURES = ("tests/test_cohort_departures.py",)
# What the first ask: one short run for most mutants.
SOON = {
    "answers": _ALL[:1],
    "safety": _ALL[:3],
    "orders": _ORDERS,
    "plan": _PLAN,
    "record": _RECORD,
    "departures": _DEPARTURES,
}
# What is asked next of those that lived.
THEN = {
    "answers": ("tests/test_truth.py", "tests/test_quantity.py", *_ALL[1:], *_ORDERS, *_PLAN),
    "safety": (*_ALL[1:], *_ORDERS, *_PLAN),
    "orders": ("tests/test_api.py",),
    "plan": _ORDERS,
    "record": (*_ALL, *_ORDERS, *_PLAN),
    "departures": (),
}
# These neither import what decides nor read content, or answer through a process of their own
# what others answer in this one.
_NEVER = frozenset({
    "tests/test_page_palette.py", "tests/test_serve_workers.py", "tests/test_service_process.py",
    "tests/test_page_axe.py", "tests/test_page_browser.py", "tests/test_figures_browser.py",
    "tests/test_guideline_pages_browser.py", "tests/test_smart_browser.py",
    "tests/test_service_schemathesis.py", "tests/test_cohort_spark.py",
    "tests/test_export_engines.py",
})  # fmt: skip


def at_last(kind: str, every: Iterable[str]) -> tuple[str, ...]:
    """Give, of all test files, the others that need only Python."""
    asked = {*SOON[kind], *THEN[kind], *_NEVER}
    return tuple(sorted(one for one in every if one not in asked))


def narrow(mutant: Mutant) -> tuple[str, ...]:
    """Ask first only the tests that name the drug of a changed safety rule."""
    stem = mutant.path.stem
    return ("-k", stem) if mutant.kind == "safety" and stem != "whole-patient" else ()
