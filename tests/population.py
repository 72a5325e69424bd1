"""
Random patients for the tests: valid facts documents of plain JSON values, the same for a seed.

`patient` leaves facts out and now and then contradicts itself; `complete_patient` gives every fact
that position and verdicts read and never contradicts itself.  Dates fit a decision on TODAY; a
document without `as_of` is to be read with it.
"""

from datetime import date, timedelta
from random import Random
from typing import Any

TODAY = date(2026, 3, 1)

SUBTYPES = (
    *(
        "dermatomyositis",
        "amyopathic-dermatomyositis",
        "polymyositis",
        "immune-mediated-necrotising-myopathy",
    ),
    *("antisynthetase-syndrome", "overlap-myositis", "juvenile-dermatomyositis", "unspecified-iim"),
)
ANTIBODIES = (
    *(
        "anti-jo-1",
        "anti-mi-2",
        "anti-srp",
        "anti-mda5",
        "anti-hmgcr",
        "anti-tif1-gamma",
        "anti-nxp2",
    ),
    *("anti-sae", "other-myositis-specific"),
)
LIFE_THREATENING = (
    *("respiratory_failure_from_ild", "myocarditis", "severe_dysphagia"),
    "other_life_threatening_complication",
)
OF_ILD = ("ild_predominant", "rapidly_progressive_ild", "ild_relapse")
SYNONYMS = {
    "prednisolone": "prednisone",
    "ciclosporin": "cyclosporine",
    "mycophenolate": "mycophenolate-mofetil",
}
STEROIDS = ("prednisolone", "methylprednisolone")
CONVENTIONAL = ("methotrexate", "azathioprine", "mycophenolate", "ciclosporin", "tacrolimus")
OTHERS = ("ivig", "rituximab", "cyclophosphamide", "abatacept", "tocilizumab")
PAIRS = (
    ("ciclosporin", "methotrexate"),
    ("methotrexate", "mycophenolate"),
    ("azathioprine", "mycophenolate"),
)
OUTCOMES = ("ongoing", "adequate-response", "inadequate-response", "intolerance", "completed")
GRADES: tuple[float | str, ...] = (
    *(0, 1, 2, 3, 3.5, 3.9, 4, 4.0, 4.5, 5),
    *("4-", "4", "4+", "3+", "3", "5-", "5", "2-"),
)
AGES: tuple[float, ...] = (0.5, 7, 16.9, 17, 17.5, 17.9, 18, 18.5, 19, 40, 66, 89, 120)
WEIGHTS: tuple[float, ...] = (
    *(2, 9.95, 12.4, 12.5, 12.55, 12.6, 24.9, 24.99, 25, 25.01, 37.33, 39.95, 40, 40.05),
    *(62.25, 70, 71.17, 79.9, 79.96, 80, 80.04, 80.1, 100, 159.9, 159.96, 160, 160.1, 350),
)


def _chance(rng: Random, share: float) -> bool:
    return rng.random() < share


def _weight(rng: Random) -> float:
    return (
        rng.choice(WEIGHTS)
        if _chance(rng, 0.6)
        else round(rng.uniform(2, 350), rng.choice((0, 1, 2)))
    )


def _synonyms(rng: Random, drugs: list[str]) -> list[str]:
    return [SYNONYMS[drug] if drug in SYNONYMS and _chance(rng, 0.15) else drug for drug in drugs]


def _drugs(rng: Random) -> list[str]:
    """One to three drugs given together."""
    kind = rng.random()
    if kind < 0.12:
        drugs = list(STEROIDS[: rng.choice((1, 1, 2))])
        if _chance(rng, 0.2):
            drugs = ["methylprednisolone"]
    elif kind < 0.15:
        drugs = ["folic-acid"]
    elif kind < 0.30:
        drugs = list(rng.choice(PAIRS))
    elif kind < 0.40:
        drugs = [rng.choice(OTHERS)]
    elif kind < 0.75:
        drugs = [rng.choice(CONVENTIONAL)]
    else:
        drugs = rng.sample(CONVENTIONAL + OTHERS, rng.choice((1, 2, 2, 3)))
    if (
        len(drugs) < 3
        and not set(drugs) & set(STEROIDS)
        and drugs != ["folic-acid"]
        and _chance(rng, 0.25)
    ):
        drugs.append(rng.choice(STEROIDS))
    if len(drugs) < 3 and "methotrexate" in drugs and _chance(rng, 0.4):
        drugs.append("folic-acid")
    rng.shuffle(drugs)
    return drugs


def _regimen(rng: Random, course: str, birth: date | None) -> dict[str, Any]:
    """One regimen, with purpose and outcome."""
    drugs = _drugs(rng)
    regimen: dict[str, Any] = {"drugs": _synonyms(rng, drugs)}
    later = {"initial": 0.1, "remission": 0.65, "relapse": 0.4}[course]
    regimen["purpose"] = "maintenance" if _chance(rng, later) else "induction"
    regimen["outcome"] = rng.choices(OUTCOMES, (2, 2, 6, 4, 1))[0]
    nameable = [drug for drug in drugs if drug != "folic-acid"]
    if regimen["outcome"] == "intolerance" and nameable and _chance(rng, 0.45):
        regimen["intolerant_of"] = _synonyms(
            rng, rng.sample(nameable, rng.randint(1, len(nameable)))
        )
    if _chance(rng, 0.2) and (birth is None or birth.year < 2005):
        start = date(2008, 1, 1) + timedelta(days=rng.randrange(5000))
        regimen["started"] = start.isoformat()
        if regimen["outcome"] != "ongoing":
            regimen["stopped"] = (start + timedelta(days=rng.randrange(700))).isoformat()
    if _chance(rng, 0.1):
        regimen["dose"] = "as recorded"
    return regimen


def _birth(rng: Random, on: date) -> date:
    """A day of birth, often close to the eighteenth birthday, or on a leap day."""
    kind = rng.random()
    if kind < 0.45:
        eighteen = (
            on.replace(year=on.year - 18)
            if (on.month, on.day) != (2, 29)
            else date(on.year - 18, 3, 1)
        )
        return eighteen + timedelta(days=rng.choice((-366, -1, 0, 1, 2, 366)))
    if kind < 0.55:
        return date(rng.choice((1960, 1988, 2008)), 2, 29)
    return date(1930, 1, 1) + timedelta(days=rng.randrange(33000))


def complete_patient(rng: Random) -> dict[str, Any]:
    """A patient of whom everything is known, without contradiction."""
    facts: dict[str, Any] = {}
    on = rng.choice((TODAY, TODAY, date(2026, 2, 28), date(2024, 2, 29), date(2025, 7, 14)))
    facts["as_of"] = on.isoformat()
    birth: date | None = None
    if _chance(rng, 0.5):
        birth = _birth(rng, on)
        facts["birth_date"] = birth.isoformat()
        if _chance(rng, 0.25):
            years = on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
            facts["age_years"] = max(0, min(120, years + rng.choice((-1, -0.5, 0, 0, 0.5, 1))))
    else:
        facts["age_years"] = rng.choice(AGES) if _chance(rng, 0.5) else rng.randint(18, 90)
    facts["sex"] = rng.choice(("female", "female", "male", "male", "other"))
    facts["weight_kg"] = _weight(rng)
    facts["subtype"] = rng.choice(SUBTYPES)
    if _chance(rng, 0.05):
        facts["subtype"] = rng.choice(("inclusion-body-myositis", "not-iim"))
    course = rng.choice(("initial", "remission", "relapse"))
    facts["course"] = course
    facts["muscle_strength_mrc"] = rng.choice(GRADES)
    facts["severe_muscle_weakness"] = _chance(rng, 0.4)
    ild = _chance(rng, 0.6)
    facts["ild"] = ild
    for name in OF_ILD:
        facts[name] = ild and _chance(rng, 0.4)
    for name in LIFE_THREATENING:
        facts[name] = course != "remission" and _chance(rng, 0.12)
    facts["respiratory_failure_from_ild"] = ild and facts["respiratory_failure_from_ild"]
    for name, share in (("refractory_rash", 0.35), ("infection", 0.15), ("malignancy", 0.15)):
        facts[name] = _chance(rng, share)
    facts["pregnant"] = facts["sex"] != "male" and _chance(rng, 0.2)
    facts["autoantibodies"] = rng.sample(ANTIBODIES, rng.choice((0, 0, 1, 1, 2)))
    if _chance(rng, 0.15):
        facts["autoantibodies"] = ["anti-mda5"]
    facts["disease_damage"] = rng.choice(("low", "high"))
    count = rng.choice((0, 1, 1, 1, 2, 2, 2, 3, 3, 4))
    facts["treatments"] = [_regimen(rng, course, birth) for _ in range(count)]
    facts["allergies"] = []
    if _chance(rng, 0.2):
        facts["allergies"] = _synonyms(
            rng, rng.sample(STEROIDS + CONVENTIONAL + OTHERS, rng.choice((1, 1, 2)))
        )
    if _chance(rng, 0.15):
        facts["ivig_dose_weight_kg"] = _weight(rng)
    return facts


def _contradict(rng: Random, facts: dict[str, Any]) -> None:
    """Make the facts contradict each other in one way, if they are left to be seen together."""
    kind = rng.randrange(4)
    if kind == 0:
        facts["ild"] = False
        facts[rng.choice((*OF_ILD, "respiratory_failure_from_ild"))] = True
    elif kind == 1:
        facts.update(sex="male", pregnant=True)
    elif kind == 2:
        facts.update(birth_date="1980-06-15", age_years=rng.choice((17, 43, 44, 46, 48, 60)))
    else:
        facts["course"] = "remission"
        facts[rng.choice(LIFE_THREATENING)] = True


def _forget(rng: Random, facts: dict[str, Any], name: str) -> None:
    """Unknown: most often absent, sometimes null."""
    if _chance(rng, 0.15):
        facts[name] = None
    else:
        del facts[name]


def patient(rng: Random) -> dict[str, Any]:
    """A patient of whom some facts are known."""
    facts = complete_patient(rng)
    if _chance(rng, 0.08):
        _contradict(rng, facts)
    share = rng.choice((0.04, 0.1, 0.25, 0.5))
    # The facts that every position needs are more often known, so that many patients reach a node.
    needed = ("subtype", "course", "treatments", "severe_muscle_weakness", "muscle_strength_mrc")
    for name in list(facts):
        often = {
            "as_of": 0.3,
            "allergies": 0.6,
            "muscle_strength_mrc": 0.5,
            "severe_muscle_weakness": 0.5,
        }
        if _chance(rng, often.get(name, share / 2 if name in needed else share)):
            _forget(rng, facts, name)
    for regimen in facts.get("treatments") or ():
        # intolerant_of stands only beside an intolerance, so such an outcome is never forgotten
        if "intolerant_of" not in regimen and _chance(rng, share):
            _forget(rng, regimen, "outcome")
        if _chance(rng, share):
            _forget(rng, regimen, "purpose")
    if facts.get("as_of") is None and facts.get("birth_date") is not None and _chance(rng, 0.1):
        facts["birth_date"] = _birth(rng, TODAY).isoformat()
    keys = list(facts)
    rng.shuffle(keys)
    return {name: facts[name] for name in keys}
