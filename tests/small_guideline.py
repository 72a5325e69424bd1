"""
A guideline as small as one can be that has a part of every kind: its files as texts.

What the loader refuses is shown on it: it loads in a moment, and its lines stay where they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from myopathway.guideline.shapes import READINGS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILES = {
    "edition.yaml": """\
id: small
version: 1.0.0
date: '2026-01-31'
title: A small guideline
intended_use: Tests, and nothing else.
sources:
  - id: A
    title: A text
    publisher: Nobody
    url: https://example.org
evidence:
  - says: It is small.
    cites: [topic.small]
""",
    "sources.yaml": """\
statements:
  topic.small:
    src: T
    kind: scope
    says: The topic is small.
    cites: [4]
  one.core:
    src: A
    kind: therapy
    says: One drug for everyone.
    cites: []
  one.core.methotrexate-dose:
    src: AT
    kind: dose
    says: Methotrexate once a week.
    cites: [4]
references:
  '4':
    authors: Somebody A
    title: A work
    journal: A journal
    year: 2021
    volume: '7'
    pages: 1-2
    pmid: '12345'
""",
    "facts.yaml": """\
as_of:
  type: date
  says: The day
  question: Which day?
  ease: 1
  section: patient
age_years:
  type: number
  says: Age
  question: How old?
  ease: 1
  section: patient
  low: 0
  high: 120
  unit: a
  from_date: birth_date
birth_date:
  type: date
  says: Date of birth
  question: Born when?
  ease: 1
  section: patient
weight_kg:
  type: number
  says: Weight
  question: How heavy?
  ease: 2
  section: patient
  low: 2
  high: 350
  unit: kg
course:
  type: choice
  says: Course
  question: Which course?
  ease: 1
  section: disease
  values:
    initial: First presentation
    relapse: Relapse
  conditions:
    - row: DX-01
      value: relapse
      icd10: [X1]
ild:
  type: boolean
  says: Lung disease
  question: Is there lung disease?
  ease: 3
  section: disease
lung_failure:
  type: boolean
  says: Failure of the lung
  question: Does the lung fail?
  ease: 2
  section: disease
strength:
  type: grade
  says: Strength
  question: Which grade?
  ease: 2
  section: disease
  low: 0
  high: 5
antibodies:
  type: set
  says: Antibodies
  question: Which antibodies?
  ease: 4
  section: markers
  values:
    anti-a: anti-A
    anti-b: anti-B
allergies:
  type: names
  says: Allergies
  question: Which allergies?
  ease: 2
  section: safety
other_drugs:
  type: names
  says: Other drugs
  question: Which other drugs?
  ease: 2
  section: safety
treatments:
  type: treatments
  says: Treatments
  question: Which treatments?
  ease: 2
  section: history
""",
    "terms.yaml": """\
weak:
  says: Weakness worse than grade 4
  cites: [R-1]
  when: strength < 4
weak_or_lung:
  says: Weak, or ill in the lung
  cites: [R-1]
  when:
    any:
      - weak is true
      - ild is true
""",
    "drugs.yaml": """\
classes:
  agents:
    title: agents
    cites: [topic.small]
drugs:
  methotrexate:
    title: Methotrexate
    classes: [agents]
    synonyms: [mtx]
    codes: {row: RX-01, atc: [L04AX03]}
  prednisolone:
    title: Prednisolone
    classes: []
    synonyms: [prednisone]
    codes: {row: RX-02, rxnorm: ['8638']}
    dose_weight: [weight_kg]
    advice:
      - kind: monitoring
        says: Look at it.
        cites: [topic.small]
""",
    "position.yaml": """\
groups:
  - id: one
    title: The one group
    says: Everyone.
    cites: [topic.small]
not_covered:
  says: Without a course nothing is covered.
  cites: [R-1]
  when:
    all:
      - course is not initial
      - course is not relapse
adult:
  fact: age_years
  from_years: 18
  child: No dose for children.
  unknown: No dose without an age.
  cites: [R-1]
unstated_purpose:
  purpose: induction
  cites: [R-1]
  when: course is initial
implications:
  - id: failure-is-ild
    says: A lung that fails is ill.
    cites: [R-1]
    given: lung_failure
    then: ild
conflicts:
  - id: ages
    says: The ages differ.
    cites: [R-1]
    when: age_years and birth_date differ by more than 1 year
    asks: [age_years]
readings:
"""
    + "".join(f"  {key.name}: R-1\n" for key in READINGS.keys),
    "rules.yaml": """\
rules:
  - id: allergy
    says: The patient is allergic to {drugs}.
    cites: [R-1]
    verdict: excluded
    when: the patient is allergic to a drug of the option
  - id: lung
    says: Of two agents, not the one that harms the lung.
    cites: [topic.small, R-1]
    verdict: caution
    drugs: [methotrexate]
    not_classes: [agents]
    groups: [one]
    nodes: [one.1]
    when:
      - ild is true
      - at least 1 agents failed
""",
    "notices.yaml": """\
notices:
  - id: child
    level: warning
    says: The patient is a child.
    cites: [R-1]
    groups: [one]
    when: age_years < 18
  - id: exhausted
    level: critical
    says: Nothing is left of {therapy}.
    cites: [R-1]
    occasion: exhausted
old_measurements:
  - fact: weight_kg
    days: 365
    says: The weight is {days} days old ({date}).
    cites: [R-1]
""",
    "interpretations.yaml": """\
R-1:
  title: A reading
  says: Everything is read as it stands.
""",
    "nodes/one-1.yaml": """\
id: one.1
title: The one node
says: >-
  One drug for everyone,
  and that is all.
cites: [topic.small]
group: one
line: 1
purpose: induction
wins: false
when:
  - course is initial
  - weak_or_lung is true
therapies:
  - role: core
    says: One drug.
    cites: [one.core]
    options:
      - give: [methotrexate]
        tier: primary
        says: The only choice.
        cites: [one.core.methotrexate-dose]
        doses:
          - methotrexate weekly 7.5-25 mg/week oral or subcutaneous
        listed: weak is true
        rules:
          - says: The lung is ill.
            cites: [R-1]
            verdict: favoured
            when: ild is true
        evidence:
          - says: It works.
            cites: [topic.small]
      - give: [prednisolone]
        says: Beside it.
        cites: [one.core]
        doses:
          - prednisolone initial 0.5-1 mg/kg/day oral, at most 80 mg/day; tapered by response
evidence:
  - says: There is evidence.
    cites: [topic.small]
reviewed: not yet
""",
}


def written(folder: Path, files: Mapping[str, str] = FILES) -> Path:
    """Write a guideline into a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def changed(name: str, old: str, new: str) -> dict[str, str]:
    """Give the files with one place of one file changed."""
    text = FILES[name]
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
    return {**FILES, name: text.replace(old, new)}
