"""
A second, naive reading of the decision rules, to check the engine against.

Written from decisions.md, contract.md, statements.yaml and the algorithm text alone; it shares no
code with the project.  `answer` takes a valid facts document as plain values.  Of the drug-safety
rules it knows one: a drug in `allergies` is excluded.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import lru_cache
from itertools import combinations, product
from typing import Any

Facts = Mapping[str, Any]
Known = Mapping[str, Any]

Drugs = tuple[str, ...]
Therapies = list[tuple[str, list[tuple[Drugs, str | None]]]]  # role, options with their tiers

SYNONYMS = {
    "prednisone": "prednisolone",
    "cyclosporine": "ciclosporin",
    "mycophenolate-mofetil": "mycophenolate",
}
STEROIDS = ("methylprednisolone", "prednisolone")
CONVENTIONAL = ("methotrexate", "azathioprine", "mycophenolate", "ciclosporin", "tacrolimus")
SECOND_LINE = ("ciclosporin", "tacrolimus", "mycophenolate")
THIRD_LINE = ("rituximab", "cyclophosphamide", "abatacept", "tocilizumab")
DRUGS = (*STEROIDS, *CONVENTIONAL, "ivig", *THIRD_LINE)

LIFE_THREATENING = (
    "respiratory_failure_from_ild",
    "myocarditis",
    "severe_dysphagia",
    "other_life_threatening_complication",
)
IMPLY_ILD = (
    "respiratory_failure_from_ild",
    "ild_predominant",
    "rapidly_progressive_ild",
    "ild_relapse",
)
NODE_ORDER = (
    *("severe.1", "severe.2", "severe.3"),
    *("non-severe.1", "non-severe.2", "non-severe.3"),
    *("remission.1", "remission.2", "remission.3"),
    "ibm",
)
STRICTNESS = {"offered": 0, "favoured": 1, "caution": 2, "excluded": 3}

# Options and their tiers, in the order of the -dose rows; "-" where the algorithm gives no tier.
_SECOND_LINE_CORE = ("core", "ciclosporin:primary tacrolimus:primary mycophenolate:primary")
_CONTINUED_STEROID = ("core", "prednisolone:-")
_IVIG = ("consider", "ivig:primary")
_TABLE = {
    "severe.1": [
        ("core", "methylprednisolone+prednisolone:primary"),
        ("plus", "methotrexate:primary azathioprine:primary mycophenolate:secondary"),
        _IVIG,
    ],
    "severe.2": [_SECOND_LINE_CORE, _CONTINUED_STEROID, _IVIG],
    "severe.3": [
        ("core", "rituximab:primary cyclophosphamide:primary"),
        _CONTINUED_STEROID,
        _IVIG,
    ],
    "non-severe.1": [
        ("core", "prednisolone:primary"),
        ("plus", "methotrexate:primary azathioprine:primary"),
        _IVIG,
    ],
    "non-severe.2": [_SECOND_LINE_CORE, _CONTINUED_STEROID, _IVIG],
    "non-severe.3": [
        ("core", "rituximab:primary cyclophosphamide:primary abatacept:primary"),
        _CONTINUED_STEROID,
        _IVIG,
    ],
    "remission.1": [
        (
            "core",
            """methotrexate:primary azathioprine:primary mycophenolate:primary
            ciclosporin:secondary tacrolimus:secondary""",
        ),
        _CONTINUED_STEROID,
        _IVIG,
    ],
    "remission.2": [
        (
            "core",
            "ciclosporin+methotrexate:- methotrexate+mycophenolate:- azathioprine+mycophenolate:-",
        ),
        _CONTINUED_STEROID,
        _IVIG,
    ],
    "remission.3": [
        (
            "core",
            """tacrolimus:primary rituximab:primary cyclophosphamide:primary
            tocilizumab:primary abatacept:primary""",
        ),
        _CONTINUED_STEROID,
        _IVIG,
    ],
    "ibm": [("core", "")],
}
ADULT = 18
ADDITIONS = ("mycophenolate", "tacrolimus", "ciclosporin")


# ------------------------------------------------------------------------------------------------
# Reading the document


@dataclass(frozen=True)
class Regimen:
    """One regimen, folic acid struck, drugs by their project names; `index` is the input's."""

    index: int
    drugs: Drugs
    purpose: str | None
    outcome: str | None
    intolerant_of: tuple[str, ...]


History = tuple[Regimen, ...]


def canonical(drug: str) -> str:
    return SYNONYMS.get(drug, drug)


def as_date(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def read_history(facts: Facts) -> History | None:
    """The regimens that the rules read; None while `treatments` is unknown."""
    if facts.get("treatments") is None:
        return None
    history = []
    for index, given in enumerate(facts["treatments"]):
        # History: folic acid is struck first; a regimen of nothing else is no regimen.
        drugs = tuple(dict.fromkeys(canonical(d) for d in given["drugs"] if d != "folic-acid"))
        if not drugs:
            continue
        # History: an absent purpose is induction while the course is initial.
        purpose = given.get("purpose") or (
            "induction" if facts.get("course") == "initial" else None
        )
        # (an intolerance named as one of folic acid stays named: it counts for no drug of the
        # list)
        named = tuple(canonical(d) for d in given.get("intolerant_of") or ())
        history.append(Regimen(index, drugs, purpose, given.get("outcome"), named))
    return tuple(history)


def worse_than_4(grade: float | str) -> bool:
    # Group 3: worse than 4 is severe; 4- is worse than 4, 4 and 4+ are not.
    text = str(grade).strip()
    number = Decimal(text.rstrip("+-"))
    return number < 4 or (number == 4 and text.endswith("-"))


def completed_years(birth: date, on: date) -> int:
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def ages(facts: Facts, today: date) -> list[Decimal]:
    """The ages that the document states, in either way."""
    on = as_date(facts.get("as_of") or today)
    found = []
    if facts.get("age_years") is not None:
        found.append(Decimal(str(facts["age_years"])))
    if facts.get("birth_date") is not None:
        found.append(Decimal(completed_years(as_date(facts["birth_date"]), on)))
    return found


PLAIN_FACTS = (
    *("subtype", "course", "sex", "pregnant", "infection", "malignancy", "ild", *IMPLY_ILD),
    *("myocarditis", "severe_dysphagia", "other_life_threatening_complication"),
    *("refractory_rash", "autoantibodies", "disease_damage"),
)


def read_facts(facts: Facts) -> dict[str, Any]:
    """Every fact that the rules read, with what follows from the stated ones; None is unknown."""
    known = {name: facts.get(name) for name in PLAIN_FACTS}
    allergies = facts.get("allergies")
    known["allergies"] = None if allergies is None else frozenset(map(canonical, allergies))
    # Unknown: judgement and grade state one thing; either settles it, the judgement counts before
    # the grade.
    known["severe_muscle_weakness"] = facts.get("severe_muscle_weakness")
    if known["severe_muscle_weakness"] is None and facts.get("muscle_strength_mrc") is not None:
        known["severe_muscle_weakness"] = worse_than_4(facts["muscle_strength_mrc"])
    # What follows: one of the four true makes ild true; ild false makes all four false.
    if any(known[name] for name in IMPLY_ILD):
        known["ild"] = True
    elif known["ild"] is False:
        known.update(dict.fromkeys(IMPLY_ILD, False))
    return known


def stated_conflict(facts: Facts, today: date) -> bool:
    # Conflict: four kinds, each from stated facts alone.
    both_ages = ages(facts, today)
    return (
        (facts.get("ild") is False and any(facts.get(name) for name in IMPLY_ILD))
        or (facts.get("sex") == "male" and facts.get("pregnant") is True)
        or (len(both_ages) == 2 and abs(both_ages[0] - both_ages[1]) > 1)
        or (
            facts.get("course") == "remission" and any(facts.get(name) for name in LIFE_THREATENING)
        )
    )


# ------------------------------------------------------------------------------------------------
# History and lines


def counts_for(regimen: Regimen, drug: str) -> bool:
    """Does the regimen's outcome count for this drug?"""
    if drug not in regimen.drugs:
        return False
    # History, exception 1: an intolerance that names drugs counts for those, a corticosteroid too,
    # no other.
    if regimen.outcome == "intolerance" and regimen.intolerant_of:
        return drug in regimen.intolerant_of
    # History, exception 2: nothing counts for a corticosteroid given with a drug that is none.
    if drug in STEROIDS:
        return all(other in STEROIDS for other in regimen.drugs)
    return True


def failures(history: History, drug: str) -> set[str]:
    # History: failed = a regimen that counts for the drug ended in inadequate response or
    # intolerance.
    ends = {r.outcome for r in history if counts_for(r, drug)}
    return {end for end in ends if end in ("inadequate-response", "intolerance")}


def induction_line(history: History, *, severe: bool) -> int:
    failed = {drug: failures(history, drug) for drug in CONVENTIONAL}
    failed = {drug: ways for drug, ways in failed.items() if ways}
    # Line of induction, 3: two conventional ones failed, one of them a second-line agent; in
    # non-severe disease one of those failures was an inadequate response.
    for one, other in combinations(failed, 2):
        enough = severe or "inadequate-response" in failed[one] | failed[other]
        if enough and (one in SECOND_LINE or other in SECOND_LINE):
            return 3
    # Line of induction, 3: or an inadequate response to a third-line agent.
    if any("inadequate-response" in failures(history, drug) for drug in THIRD_LINE):
        return 3
    # Line of induction, 2: any conventional one failed; 1: otherwise.
    return 2 if failed else 1


def maintenance_line(history: History) -> int:
    # Line of maintenance: only inadequate response to a regimen of maintenance counts.
    line = 1
    for regimen in history:
        if regimen.purpose == "maintenance" and regimen.outcome == "inadequate-response":
            conventional = sum(drug in CONVENTIONAL for drug in regimen.drugs)
            if conventional >= 2 or any(drug in THIRD_LINE for drug in regimen.drugs):
                return 3
            if conventional == 1:
                line = 2
    return line


@lru_cache(maxsize=4096)
def lines(history: History) -> dict[str, int]:
    return {
        "severe": induction_line(history, severe=True),
        "non-severe": induction_line(history, severe=False),
        "remission": maintenance_line(history),
    }


# ------------------------------------------------------------------------------------------------
# Position: one complete patient, then all completions

AXES = ("subtype", "course", "severe_muscle_weakness", *LIFE_THREATENING)
UNKNOWN_VALUES: dict[str, tuple[Any, ...]] = {
    "subtype": ("inclusion-body-myositis", "not-iim", "dermatomyositis"),
    "course": ("initial", "remission", "relapse"),
}


def judge(complete: tuple[Any, ...], history: History) -> str:
    """The node of a patient of whom every fact of AXES and the whole history is known."""
    subtype, course, weak, *life_threatening = complete
    # Scope: not-iim is not covered; inclusion body myositis is `ibm`, whatever else is known.
    if subtype == "not-iim":
        return "not-covered"
    if subtype == "inclusion-body-myositis":
        return "ibm"
    if course == "remission":
        # Conflict: remission with a life-threatening complication (weakness is none).
        if any(life_threatening):
            return "conflict"
        # Group 1: remission, whatever the severity was.
        group = "remission"
    else:
        # Group 2: severe if any of the five, non-severe if none; group 4: a relapse has the same
        # nodes.
        group = "severe" if weak or any(life_threatening) else "non-severe"
    return f"{group}.{lines(history)[group]}"


def _one(drugs: str, outcome: str, purpose: str) -> Regimen:
    return Regimen(0, tuple(drugs.split("+")), purpose, outcome, ())


# Unknown treatments: histories for every combination of lines that one history can have.
ANY_HISTORY: tuple[History, ...] = (
    (),
    (_one("methotrexate", "inadequate-response", "induction"),),
    (_one("methotrexate+ciclosporin", "inadequate-response", "induction"),),
    (_one("methotrexate+ciclosporin", "intolerance", "induction"),),
    (_one("methotrexate", "inadequate-response", "maintenance"),),
    (_one("methotrexate+azathioprine", "inadequate-response", "maintenance"),),
    (
        _one("methotrexate", "inadequate-response", "maintenance"),
        _one("ciclosporin", "inadequate-response", "induction"),
    ),
    (_one("rituximab", "inadequate-response", "maintenance"),),
)


def open_facts(history: History) -> list[tuple[int, str, tuple[str, ...]]]:
    """What is absent in the regimens: (place in history, purpose or outcome, its values)."""
    found: list[tuple[int, str, tuple[str, ...]]] = []
    for place, regimen in enumerate(history):
        # History: an absent outcome is completed as no failure, inadequate response or
        # intolerance.
        if regimen.outcome is None:
            found.append((place, "outcome", ("completed", "inadequate-response", "intolerance")))
        # History: an absent purpose (course not known as initial) is either.  Under a completion
        # to initial it is induction only; no line of induction reads it, so nothing is lost by
        # keeping both.
        if regimen.purpose is None:
            found.append((place, "purpose", ("induction", "maintenance")))
    return found


def with_values(regimen: Regimen, values: Mapping[str, str | None]) -> Regimen:
    return replace(
        regimen,
        purpose=values.get("purpose", regimen.purpose),
        outcome=values.get("outcome", regimen.outcome),
    )


def histories(history: History) -> Iterator[tuple[tuple[str, ...], History]]:
    """Every completion of a stated history, with the values taken."""
    absent = open_facts(history)
    for values in product(*(allowed for _, _, allowed in absent)):
        regimens = list(history)
        for (place, name, _), value in zip(absent, values, strict=True):
            regimens[place] = with_values(regimens[place], {name: value})
        yield values, tuple(regimens)


def axes_that_matter(results: Mapping[tuple[Any, ...], Any], count: int) -> set[int]:
    """Axes along which two completions that differ in nothing else have different results."""
    found = set()
    for axis in range(count):
        rest: dict[tuple[Any, ...], set[Any]] = defaultdict(set)
        for values, result in results.items():
            rest[values[:axis] + values[axis + 1 :]].add(result)
        if any(len(different) > 1 for different in rest.values()):
            found.add(axis)
    return found


def position(known: Known, history: History | None) -> tuple[set[str], set[str]]:
    """All results that completions lead to, and the unknown facts that decide."""
    # Unknown: every completion is tried.  Facts that `judge` does not take cannot matter and are
    # left out.
    patients = list(
        product(
            *(
                (known[a],) if known[a] is not None else UNKNOWN_VALUES.get(a, (True, False))
                for a in AXES
            )
        )
    )
    by_values = {} if history is None else dict(histories(history))
    completions = ANY_HISTORY if history is None else tuple(by_values.values())
    # Two histories with the same three lines cannot be told apart by `judge`: one of each is
    # enough.
    distinct = {tuple(lines(h).values()): h for h in completions}
    judged = {(*p, h): judge(p, h) for p in patients for h in distinct.values()}

    decides = {
        AXES[axis] for axis in axes_that_matter(judged, len(AXES)) if known[AXES[axis]] is None
    }
    groups = {result.rpartition(".")[0] for result in judged.values()} & {
        "severe",
        "non-severe",
        "remission",
    }
    for group in groups:
        if history is None:
            decides.add("treatments")
            continue
        absent = open_facts(history)
        by_line = {values: lines(h)[group] for values, h in by_values.items()}
        for axis in axes_that_matter(by_line, len(absent)):
            place, name, _ = absent[axis]
            decides.add(f"treatments[{history[place].index}].{name}")
    return set(judged.values()), decides


# ------------------------------------------------------------------------------------------------
# Verdicts


def listed_options(node: str, known: Known) -> Therapies:
    therapies: Therapies = []
    for role, row in _TABLE[node]:
        named = [option.split(":") for option in row.split()]
        options = [(tuple(o.split("+")), None if tier == "-" else tier) for o, tier in named]
        therapies.append((role, options))
    # Options: non-severe.3 lists three more, last, only where ild_predominant is true.
    if node == "non-severe.3" and known["ild_predominant"] is True:
        therapies[0][1].extend(((drug,), None) for drug in ADDITIONS)
    return therapies


def is_favoured(node: str, drugs: Drugs, known: Known) -> bool:
    where = (node, "+".join(drugs))
    # Verdicts, favoured: mycophenolate in severe.1 with ILD or refractory rash.
    if where == ("severe.1", "mycophenolate"):
        return known["ild"] is True or known["refractory_rash"] is True
    # Verdicts, favoured: cyclophosphamide in severe.3 with ILD or rapidly progressive ILD.
    if where == ("severe.3", "cyclophosphamide"):
        return known["ild"] is True or known["rapidly_progressive_ild"] is True
    # Verdicts, favoured: rituximab in induction line 3 with any autoantibody or low damage.
    if where in (("severe.3", "rituximab"), ("non-severe.3", "rituximab")):
        return bool(known["autoantibodies"]) or known["disease_damage"] == "low"
    # Verdicts, favoured: the additions of non-severe.3, always when listed.
    if node == "non-severe.3" and drugs[0] in ADDITIONS:
        return True
    # Verdicts, favoured: predominant ILD in maintenance lines 1 and 3.
    if (node == "remission.1" and drugs[0] in ADDITIONS) or where == ("remission.3", "tacrolimus"):
        return known["ild_predominant"] is True
    # Verdicts, favoured: IVIG, never in remission.
    if drugs == ("ivig",) and not node.startswith("remission"):
        reasons = ("pregnant", "infection", "malignancy", "ild_relapse")
        weak = node == "severe.1" and known["severe_muscle_weakness"] is True
        return weak or any(known[name] is True for name in reasons)
    return False


def by_tolerance(drugs: Drugs, history: History) -> Iterator[str]:
    for regimen in history:
        if any(counts_for(regimen, drug) for drug in drugs):
            # Verdicts, caution: a regimen that held any of its drugs has no outcome.
            if regimen.outcome is None:
                yield "caution"
            # Verdicts, excluded: not tolerated, ever.  Where it held several drugs that are no
            # corticosteroid and nobody is named: caution.
            elif regimen.outcome == "intolerance":
                several = sum(drug not in STEROIDS for drug in regimen.drugs) > 1
                yield "caution" if several and not regimen.intolerant_of else "excluded"


def by_effect(node_purpose: str, drugs: Drugs, history: History) -> Iterator[str]:
    # Verdicts, corticosteroid: lack of effect neither excludes nor cautions.
    if any(drug in STEROIDS for drug in drugs):
        return
    for regimen in history:
        # Verdicts, excluded: inadequate response to a regimen with the option's one drug, or with
        # both of the pair, with the node's purpose; caution with another or one not known.
        if regimen.outcome == "inadequate-response" and set(drugs) <= set(regimen.drugs):
            yield "excluded" if regimen.purpose == node_purpose else "caution"


def by_tacrolimus_for_ild(known: Known, history: History) -> Iterator[str]:
    for regimen in history:
        # Verdicts, excluded: remission.3 tacrolimus after any tacrolimus in maintenance, where ILD
        # predominates; caution where that regimen's purpose is not known.
        if known["ild_predominant"] is True and "tacrolimus" in regimen.drugs:
            if regimen.purpose == "maintenance":
                yield "excluded"
            elif regimen.purpose is None:
                yield "caution"


def verdict_of(node: str, drugs: Drugs, known: Known, history: History) -> str:
    """Give the strictest verdict that any rule gives."""
    found = {"offered"}
    if is_favoured(node, drugs, known):
        found.add("favoured")
    # Verdicts, excluded: allergies (the one drug-safety rule here).
    if known["allergies"] and known["allergies"] & set(drugs):
        found.add("excluded")
    found.update(by_tolerance(drugs, history))
    node_purpose = "maintenance" if node.startswith("remission") else "induction"
    found.update(by_effect(node_purpose, drugs, history))
    if node == "remission.3" and drugs == ("tacrolimus",):
        found.update(by_tacrolimus_for_ild(known, history))
    return max(found, key=STRICTNESS.__getitem__)


def verdicts(node: str, known: Known, history: History) -> dict[str, str]:
    return {
        "+".join(drugs): verdict_of(node, drugs, known, history)
        for _, options in listed_options(node, known)
        for drugs, _ in options
    }


# The value of each fact that can make a rule of the verdicts true.
SWAYS: dict[str, Any] = {
    "ild": True,
    "ild_predominant": True,
    "rapidly_progressive_ild": True,
    "ild_relapse": True,
    "respiratory_failure_from_ild": True,
    "refractory_rash": True,
    "severe_muscle_weakness": True,
    "autoantibodies": ["anti-jo-1"],
    "disease_damage": "low",
    "pregnant": True,
    "infection": True,
    "malignancy": True,
    "allergies": frozenset(DRUGS),
}


def stricter(after: dict[str, str], before: dict[str, str], now: dict[str, str]) -> bool:
    """Is some option's verdict `after` stricter than the present one (`now`) and than `before`?"""
    for option, verdict in after.items():
        if option not in now:  # only whether it comes to be listed; its verdict is not compared
            if option not in before:
                return True
        elif STRICTNESS[verdict] > max(STRICTNESS[now[option]], STRICTNESS[before[option]]):
            return True
    return False


def by_one_fact(node: str, known: Known, history: History) -> tuple[set[str], set[str]]:
    """Learn one fact at a time: every rule reads one fact beside the history."""
    now = verdicts(node, known, history)
    unknown = {name: value for name, value in SWAYS.items() if known[name] is None}
    # What a stated fact rules out is not tried: pregnant of a man.  (Where ild is false the four
    # are already false in `known`.)
    if known["sex"] == "male":
        unknown.pop("pregnant", None)
    direct, inferred = set(), set()
    for name, value in unknown.items():
        learnt = {**known, name: value}
        if stricter(verdicts(node, learnt, history), now, now):
            direct.add(name)
        elif name in IMPLY_ILD and stricter(
            verdicts(node, {**learnt, "ild": True}, history), now, now
        ):
            inferred.add(name)
    return direct, inferred


def by_one_regimen(node: str, known: Known, history: History, place: int) -> set[str]:
    """Learn purpose and outcome of one regimen, and ild_predominant, then take back one of them."""
    regimen = history[place]
    absent = [(name, values) for where, name, values in open_facts(history) if where == place]
    ild_unknown = known["ild_predominant"] is None

    def learn(ild: object, values: dict[str, str | None]) -> dict[str, str]:
        learnt = (*history[:place], with_values(regimen, values), *history[place + 1 :])
        return verdicts(node, {**known, "ild_predominant": ild}, learnt)

    now = verdicts(node, known, history)
    found = set()
    ild_choices = (None, True) if ild_unknown else (known["ild_predominant"],)
    for ild, *chosen in product(ild_choices, *((None, *values) for _, values in absent)):
        values = dict(zip((name for name, _ in absent), chosen, strict=True))
        after = learn(ild, values)
        for name in values:
            if stricter(after, learn(ild, {**values, name: None}), now):
                found.add(f"treatments[{regimen.index}].{name}")
        if ild_unknown and stricter(after, learn(None, values), now):
            found.add("ild_predominant")
    return found


def verdict_unknowns(
    node: str, known: Known, history: History, facts: Facts
) -> tuple[set[str], set[str]]:
    """Name the unknown facts that could make a verdict stricter: by a rule that reads them, or only
    by what follows from them.
    """
    direct, inferred = by_one_fact(node, known, history)
    for place in range(len(history)):
        direct |= by_one_regimen(node, known, history, place)
    # Inferred too: a course learnt as initial makes an absent purpose induction.
    if known["course"] is None:
        now = verdicts(node, known, history)
        as_initial = read_history({**facts, "course": "initial"}) or ()
        if stricter(verdicts(node, known, as_initial), now, now):
            inferred.add("course")
    return direct, inferred - direct


# ------------------------------------------------------------------------------------------------
# Doses


def shown(value: Decimal, rounding: str = ROUND_HALF_UP) -> Decimal:
    # Doses: shown to 0.1, half up; ceilings and held ends are rounded down.
    return value.quantize(Decimal("0.1"), rounding=rounding)


def entry(
    kind: str,
    low: Decimal | int | str,
    high: Decimal | int | str,
    unit: str,
    ceiling: Decimal | None = None,
) -> dict[str, Any]:
    ends = []
    capped = False
    for value in (Decimal(low), Decimal(high)):
        if ceiling is not None and value > ceiling:
            capped = True
            ends.append(shown(ceiling, ROUND_DOWN))
        else:
            ends.append(shown(value))
    return {
        "kind": kind,
        "low": float(ends[0]),
        "high": float(ends[1]),
        "unit": unit,
        "capped": capped,
    }


def weight(facts: Facts, name: str) -> Decimal | None:
    return None if facts.get(name) is None else Decimal(str(facts[name]))


def dose(node: str, drug: str, facts: Facts) -> list[dict[str, Any]]:
    """What is calculated for an adult where the option is not excluded."""
    kg = weight(facts, "weight_kg")
    if drug == "methylprednisolone":
        # severe.1 dose row: 1 g every 24 hours for 3 to 5 days.
        return [entry("daily", 1000, 1000, "mg/day"), entry("course", 3000, 5000, "mg")]
    if drug == "prednisolone" and node in ("severe.1", "non-severe.1"):
        # Doses: 0.5 to 1 mg/kg/day, each end held at 80; maintenance below 5 in non-severe.1 only.
        found = [] if kg is None else [entry("initial", kg / 2, kg, "mg/day", ceiling=Decimal(80))]
        found.append(entry("maximum", 80, 80, "mg/day"))
        return found + ([entry("maintenance", 0, 5, "mg/day")] if node == "non-severe.1" else [])
    if drug == "methotrexate":
        return [entry("weekly", "7.5", 25, "mg/week")]
    if drug == "azathioprine":
        # Doses: ceiling 2 mg/kg/day, rounded down, the start held at it; no weight, no ceiling.
        if kg is None:
            return [entry("initial", 25, 50, "mg/day")]
        ceiling = 2 * kg
        limit = shown(ceiling, ROUND_DOWN)
        return [
            entry("initial", 25, 50, "mg/day", ceiling=ceiling),
            entry("maximum", limit, limit, "mg/day"),
        ]
    if drug == "mycophenolate":
        return [entry("initial", 500, 1000, "mg/day"), entry("maximum", 3000, 3000, "mg/day")]
    if drug == "ivig":
        # Doses: 2 g/kg a cycle in equal parts over 2 to 5 days; its own weight counts first.
        kg = weight(facts, "ivig_dose_weight_kg") or kg
        if kg is None:
            return []
        return [
            entry("per-cycle", 2 * kg, 2 * kg, "g"),
            entry("per-day", 2 * kg / 5, 2 * kg / 2, "g/day"),
        ]
    # Doses: where a specialist is to be asked, and for continued prednisolone, none.
    return []


def is_adult(facts: Facts, today: date) -> bool:
    # Conflict: of two stated ages the lower counts.  Scope, children: age unknown is no adult.
    known_ages = ages(facts, today)
    return bool(known_ages) and min(known_ages) >= ADULT


def calculated(
    node: str, drugs: Drugs, verdict: str, facts: Facts, today: date
) -> list[dict[str, Any]]:
    """Give the option's drugs with their doses."""
    dosed = (
        is_adult(facts, today)
        # Doses: none for an excluded option, for the pairs of remission.2, for the additions of
        # non-severe.3.
        and verdict != "excluded"
        and not (node == "remission.2" and len(drugs) > 1)
        and not (node == "non-severe.3" and drugs[0] in ADDITIONS)
    )
    return [
        {"drug": drug, "calculated": dose(node, drug, facts) if dosed else []} for drug in drugs
    ]


# ------------------------------------------------------------------------------------------------
# Notices


def patient_notices(facts: Facts, today: date) -> set[tuple[str, str]]:
    """Notices about the stated facts, wherever the algorithm is applied to them."""
    found = set()
    # Unknown: both weakness facts given and they disagree.
    grade, judgement = facts.get("muscle_strength_mrc"), facts.get("severe_muscle_weakness")
    if grade is not None and judgement is not None and worse_than_4(grade) != judgement:
        found.add(("info", "weakness-disagree-info"))
    # Scope, children: under 18 a paediatric specialist.
    known_ages = ages(facts, today)
    if known_ages and min(known_ages) < ADULT:
        found.add(("warning", "child-warning"))
    return found


def induction_notices(node: str, known: Known) -> set[tuple[str, str]]:
    found = set()
    # Group 4: the sources speak of initial presentation only.
    if known["course"] == "relapse":
        found.add(("info", "relapse-info"))
    # Group 5: rapidly progressive ILD, and anti-MDA5 with ILD.
    if known["rapidly_progressive_ild"] is True:
        found.add(("critical", "rpild-critical"))
    if known["ild"] is True and "anti-mda5" in (known["autoantibodies"] or ()):
        found.add(("warning", "mda5-ild-warning"))
    # Options: in non-severe.1 the approach text's intravenous pulse, and AMB-08 on mycophenolate.
    if node == "non-severe.1" and known["ild"] is True:
        found.add(("info", "non-severe-ild-pulse-info"))
        found.add(("info", "non-severe-mmf-info"))
    return found


def remission_notices(known: Known, history: History, options: set[str]) -> set[tuple[str, str]]:
    found = set()
    # Verdicts, IVIG: ild_relapse in remission is induction again.
    if known["ild_relapse"] is True:
        found.add(("warning", "ild-relapse-in-remission-warning"))
    # Notices that go with options: what is being given, or worked, and is no option of this node.
    for regimen in history:
        drugs = [drug for drug in regimen.drugs if counts_for(regimen, drug)]
        given_or_worked = regimen.outcome in ("ongoing", "adequate-response")
        if given_or_worked and not options.issuperset(drugs):
            found.add(("warning", "not-an-option-warning"))
    return found


def node_notices(
    node: str, known: Known, history: History, therapies: list[dict[str, Any]]
) -> set[tuple[str, str]]:
    found = set()
    if node.startswith(("severe", "non-severe")):
        found |= induction_notices(node, known)
    if node.startswith("remission"):
        options = {d["drug"] for t in therapies for o in t["options"] for d in o["drugs"]}
        found |= remission_notices(known, history, options)
    # Notices that go with options: every option of a core or plus therapy is excluded.
    for therapy in therapies:
        left = [o for o in therapy["options"] if o["verdict"] != "excluded"]
        if therapy["role"] in ("core", "plus") and therapy["options"] and not left:
            found.add(("critical", "exhausted-critical"))
    return found


# ------------------------------------------------------------------------------------------------


def build_therapies(
    node: str, known: Known, history: History, facts: Facts, today: date
) -> list[dict[str, Any]]:
    therapies = []
    for role, options in listed_options(node, known):
        shown_options = []
        for drugs, tier in options:
            verdict = verdict_of(node, drugs, known, history)
            held = calculated(node, drugs, verdict, facts, today)
            shown_options.append(
                {"id": "+".join(drugs), "tier": tier, "verdict": verdict, "drugs": held}
            )
        therapies.append({"role": role, "options": shown_options})
    return therapies


def answer(facts: Facts, today: date) -> dict[str, Any]:
    """Read one valid facts document."""
    result: dict[str, Any] = {
        "status": "",
        "node": None,
        "possible": [],
        "therapies": [],
        "decides": set(),
        "verdict_unknown": set(),
        "verdict_unknown_by_inference": set(),
        "notices": set(),
    }
    # Scope: not-iim is not covered; it and inclusion body myositis win over a conflict.
    if facts.get("subtype") == "not-iim":
        return {**result, "status": "not-covered"}
    if facts.get("subtype") != "inclusion-body-myositis" and stated_conflict(facts, today):
        return {**result, "status": "conflict", "notices": {("critical", "conflict-critical")}}

    known = read_facts(facts)
    history = read_history(facts)
    results, result["decides"] = position(known, history)
    result["possible"] = [node for node in NODE_ORDER if node in results]
    result["notices"] = patient_notices(facts, today)
    # Unknown: one node is a recommendation, more need information.
    if len(result["possible"]) != 1:
        return {**result, "status": "needs-information"}

    (node,) = result["possible"]
    therapies = build_therapies(node, known, history or (), facts, today)
    direct, inferred = verdict_unknowns(node, known, history or (), facts)
    return {
        **result,
        "status": "recommended",
        "node": node,
        "therapies": therapies,
        "verdict_unknown": direct,
        "verdict_unknown_by_inference": inferred,
        "notices": result["notices"] | node_notices(node, known, history or (), therapies),
    }
