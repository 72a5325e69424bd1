"""The answer of the two source texts alone, in the oracle's own terms.

The drug-safety rules only ever make verdicts stricter, and the oracle knows none of them but the
allergies.  Whoever compares with it asks here.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from myopathway.engine.answer import Engine
from myopathway.engine.outcome import Answer
from myopathway.guideline.load import shipped
from myopathway.patient import Patient

ENGINE = Engine(shipped(), safety=False)

# Basis and level of a notice, and the oracle's name for it.
NOTICES = {
    ("F-CONFLICT", "critical"): "conflict-critical",
    ("F-CONFLICT", "info"): "lower-age-info",
    ("U-TWO-WAYS", "info"): "weakness-disagree-info",
    ("S-CHILDREN", "warning"): "child-warning",
    ("G-RELAPSE", "info"): "relapse-info",
    ("AMB-40", "critical"): "rpild-critical",
    ("AMB-40", "warning"): "mda5-ild-warning",
    ("O-PULSE", "info"): "non-severe-ild-pulse-info",
    ("AMB-08", "info"): "non-severe-mmf-info",
    ("V-IVIG", "warning"): "ild-relapse-in-remission-warning",
    ("AMB-27", "warning"): "not-an-option-warning",
    ("N-EXHAUSTED", "critical"): "exhausted-critical",
}
# Remarks that go with a place whatever the patient is like; the oracle does not make them.
STANDING = {
    "topic.formulary-caveat": ("severe", "non-severe", "remission"),
    "topic.local-steroid-regimens": ("severe.1", "non-severe.1"),
}
# Readings that the answer names wherever they changed it, which the oracle does not follow up.
READINGS = {"U-POSSIBLE", "F-ILD", "H-COUNTS", "H-UNSTATED", "H-RECORD", "D-HELD", "D-IVIG-WEIGHT"}
READINGS |= {"D-NONE", "X-OTHER-DRUG"}


def answer(facts: Mapping[str, Any], day: date) -> Answer:
    """Answer without the drug-safety rules."""
    record = Patient.from_facts(facts).record
    as_of = record.value("as_of")
    return ENGINE.answer(record, as_of if isinstance(as_of, date) else day)


def in_the_oracles_terms(given: Answer) -> dict[str, Any]:
    """Put an answer in the form of ``oracle.answer``, as far as they can be compared."""
    return {
        "status": given.status,
        "node": given.node,
        "possible": list(given.possible),
        "therapies": [
            {
                "role": therapy.role,
                "options": [
                    {
                        "id": option.id,
                        "tier": option.tier,
                        "verdict": option.verdict,
                        "drugs": [
                            {
                                "drug": drug.drug,
                                "calculated": [
                                    {
                                        "kind": one.kind,
                                        "low": float(one.low),
                                        "high": float(one.high),
                                        "unit": one.unit,
                                        "capped": one.capped,
                                    }
                                    for one in drug.calculated
                                ],
                            }
                            for drug in option.drugs
                        ],
                    }
                    for option in therapy.options
                ],
            }
            for therapy in given.therapies
        ],
        "missing": {one.fact for one in given.missing} - {"weight_kg", "age_years"},
        "notices": {
            (one.level, NOTICES.get((one.basis, one.level), one.basis))
            for one in given.notices
            if one.basis not in STANDING and one.basis not in READINGS
        },
    }
