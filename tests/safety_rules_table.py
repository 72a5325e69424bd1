"""
What the drug-safety rules are to do, written from the fact sheet and not from the content.

One line a rule: drug, row, effect, how well the row is confirmed, when it holds.  Where one row
gives several rules of a drug they stand in the content's order.  `unless`: the question for what
is not known would be pointless.
"""

from collections import Counter
from dataclasses import dataclass, replace

from tests.safety_conditions import (
    Always,
    Condition,
    Is,
    Never,
    above,
    allergic,
    at_least,
    below,
    both,
    either,
    taken,
    yes,
)

BLOCK, HOLD, WARN, VACCINE = "block", "hold", "warn", "vaccine"


@dataclass(frozen=True)
class Rule:
    """One rule; `place` counts the rules of one row and drug, `order_only`: no node lists it."""

    drug: str
    row: str
    effect: str
    confidence: str
    when: Condition
    unless: Condition | None = None
    groups: tuple[str, ...] = ()
    order_only: bool = False
    place: int = 1

    @property
    def id(self) -> str:
        return f"{self.drug} {self.row}" + (f" #{self.place}" if self.place > 1 else "")


CO_TRIMOXAZOLE = (
    "co-trimoxazole",
    "cotrimoxazole",
    "trimethoprim-sulfamethoxazole",
    "sulfamethoxazole-trimethoprim",
)
MALE = Is("sex", "male", ("female", "other"))
NOT_PREGNANT = either(MALE, Never(yes("can_become_pregnant")))

PREGNANT = yes("pregnant")
BREASTFEEDING = yes("breastfeeding")
PLANNING = both(yes("planning_conception"), Never(MALE))
EXPECTING = either(PREGNANT, BREASTFEEDING)
INFECTION = yes("infection")
MALIGNANCY = yes("malignancy")
LIVER = yes("significant_liver_disease")
LIVE_VACCINE = yes("live_vaccine_planned")
ULCER = yes("peptic_ulcer_active")
MYOCARDITIS = yes("myocarditis")
ACTIVE_TB = Is("tuberculosis", "active", ("latent", "none"))
LATENT_TB = Is("tuberculosis", "latent", ("active", "none"))
HBSAG = Is("hbsag", "positive", ("negative",))
ANTI_HBC = Is("anti_hbc", "positive", ("negative",))
OVERLAP = Is("subtype", "overlap-myositis", ("polymyositis", "antisynthetase-syndrome"))
IBM = Is("subtype", "inclusion-body-myositis", ("polymyositis",))
OTHERS = ("polymyositis", "overlap-myositis", "antisynthetase-syndrome", "unspecified-iim")
DERMATOMYOSITIS = either(
    Is("subtype", "dermatomyositis", OTHERS),
    Is("subtype", "amyopathic-dermatomyositis", OTHERS),
    Is("subtype", "juvenile-dermatomyositis", OTHERS),
)
POOR_TPMT = Is("tpmt", "poor", ("normal", "intermediate"))
POOR_NUDT15 = Is("nudt15", "poor", ("normal", "intermediate"))
HALF_TPMT = Is("tpmt", "intermediate", ("normal",))
HALF_NUDT15 = Is("nudt15", "intermediate", ("normal",))

_WRITTEN = (
    # 2.1 Glucocorticoids
    Rule("methylprednisolone", "GC-02", HOLD, "V",
         allergic("cows-milk-protein", spelt=("cow's milk protein", "Cows milk protein"))),
    Rule("methylprednisolone", "GC-03", VACCINE, "V", LIVE_VACCINE),
    Rule("prednisolone", "GC-03", VACCINE, "V", LIVE_VACCINE),
    Rule("methylprednisolone", "GC-05", HOLD, "V-", INFECTION),
    Rule("prednisolone", "GC-05", HOLD, "V-", INFECTION),
    Rule("methylprednisolone", "GC-06", WARN, "V", OVERLAP),
    Rule("prednisolone", "GC-06", WARN, "V", OVERLAP),
    Rule("prednisolone", "GC-16", WARN, "V", EXPECTING, MALE),
    Rule("methylprednisolone", "GC-17", WARN, "K", LIVER),
    Rule("methylprednisolone", "GC-19", WARN, "K", either(ULCER, taken("nsaid", "anticoagulant"))),
    Rule("prednisolone", "GC-19", WARN, "K", either(ULCER, taken("nsaid", "anticoagulant"))),
    Rule("methylprednisolone", "XR-05", WARN, "V", PREGNANT, NOT_PREGNANT),
    Rule("methylprednisolone", "XR-06", WARN, "V", BREASTFEEDING, MALE),
    # 2.2 Methotrexate
    Rule("methotrexate", "MTX-01", BLOCK, "V", PREGNANT, NOT_PREGNANT),
    Rule("methotrexate", "MTX-02", BLOCK, "V", BREASTFEEDING, MALE),
    Rule("methotrexate", "MTX-03", BLOCK, "V", below("egfr", 30)),
    Rule("methotrexate", "MTX-04", HOLD, "K", both(at_least("egfr", 30), below("egfr", 60))),
    Rule("methotrexate", "MTX-05", BLOCK, "V", LIVER),
    Rule("methotrexate", "MTX-05", BLOCK, "V", yes("alcohol_dependence")),
    Rule("methotrexate", "MTX-06", BLOCK, "V", yes("bone_marrow_failure")),
    Rule("methotrexate", "MTX-07", BLOCK, "V",
         taken("trimethoprim", *CO_TRIMOXAZOLE,
               spelt=("Trimethoprim", "Co-trimoxazole", "co trimoxazole", "Cotrimoxazole"))),
    Rule("methotrexate", "MTX-08", BLOCK, "V", INFECTION),
    Rule("methotrexate", "MTX-08", BLOCK, "V", ACTIVE_TB),
    Rule("methotrexate", "MTX-09", VACCINE, "V", LIVE_VACCINE),
    Rule("methotrexate", "MTX-10", BLOCK, "V", ULCER),
    Rule("methotrexate", "MTX-11", BLOCK, "V",
         taken("nitrous-oxide", spelt=("nitrous oxide", "Nitrous Oxide"))),
    Rule("methotrexate", "MTX-12", HOLD, "V", yes("ild")),
    Rule("methotrexate", "MTX-15", HOLD, "V", taken("leflunomide")),
    Rule("methotrexate", "MTX-16", HOLD, "V-", taken("ciclosporin", spelt=("cyclosporine",))),
    Rule("methotrexate", "MTX-17", WARN, "K", taken("nsaid", "ppi", "penicillin", "acitretin")),
    Rule("methotrexate", "MTX-21", HOLD, "V", PLANNING, NOT_PREGNANT),
    Rule("methotrexate", "CYC-13", HOLD, "K", taken("cyclophosphamide")),
    Rule("methotrexate", "XR-03", HOLD, "V", INFECTION),
    Rule("methotrexate", "XR-05", BLOCK, "V", PREGNANT, NOT_PREGNANT),
    Rule("methotrexate", "XR-06", BLOCK, "V", BREASTFEEDING, MALE),
    # 2.3 Azathioprine
    Rule("azathioprine", "AZA-01", BLOCK, "V", POOR_TPMT),
    Rule("azathioprine", "AZA-01", BLOCK, "V", POOR_NUDT15),
    Rule("azathioprine", "AZA-02", HOLD, "V", either(HALF_TPMT, HALF_NUDT15)),
    Rule("azathioprine", "AZA-03", HOLD, "V", both(HALF_TPMT, HALF_NUDT15)),
    Rule("azathioprine", "AZA-06", BLOCK, "V", taken("allopurinol", spelt=(" Allopurinol ",))),
    Rule("azathioprine", "AZA-07", BLOCK, "K", taken("febuxostat")),
    Rule("azathioprine", "AZA-08", HOLD, "K",
         taken("mycophenolate", spelt=("mycophenolate-mofetil",))),
    Rule("azathioprine", "AZA-09", BLOCK, "K", taken("ribavirin")),
    Rule("azathioprine", "AZA-09", WARN, "K",
         taken(*CO_TRIMOXAZOLE, "trimethoprim", "ace-inhibitor", "warfarin",
               spelt=("ACE inhibitor",))),
    Rule("azathioprine", "AZA-10", VACCINE, "V", LIVE_VACCINE),
    Rule("azathioprine", "AZA-11", WARN, "V", EXPECTING, MALE),
    Rule("azathioprine", "AZA-13", WARN, "V", MALIGNANCY),
    Rule("azathioprine", "AZA-14", WARN, "V", LIVER),
    Rule("azathioprine", "AZA-16", HOLD, "V", below("white_cells", 3)),
    Rule("azathioprine", "AZA-16", HOLD, "V", below("platelets", 100)),
    Rule("azathioprine", "CYC-13", HOLD, "K", taken("cyclophosphamide")),
    Rule("azathioprine", "XR-03", HOLD, "V", INFECTION),
    # 2.4 Mycophenolate
    Rule("mycophenolate", "MMF-01", BLOCK, "V", PREGNANT, NOT_PREGNANT),
    Rule("mycophenolate", "MMF-05", HOLD, "V", PLANNING, NOT_PREGNANT),
    Rule("mycophenolate", "MMF-06", BLOCK, "V", BREASTFEEDING, MALE),
    Rule("mycophenolate", "MMF-07", HOLD, "K", taken("azathioprine")),
    Rule("mycophenolate", "MMF-08", WARN, "K", taken("ciclosporin")),
    Rule("mycophenolate", "MMF-09", WARN, "K",
         taken("antacid", "ppi", "colestyramine", "sevelamer", "rifampicin", "aciclovir")),
    Rule("mycophenolate", "MMF-11", HOLD, "K", below("egfr", 25)),
    Rule("mycophenolate", "MMF-13", VACCINE, "K", LIVE_VACCINE),
    Rule("mycophenolate", "MMF-14", HOLD, "K", below("neutrophils", 1.3)),
    Rule("mycophenolate", "CYC-13", HOLD, "K", taken("cyclophosphamide")),
    Rule("mycophenolate", "XR-03", HOLD, "V", INFECTION),
    Rule("mycophenolate", "XR-05", BLOCK, "V", PREGNANT, NOT_PREGNANT),
    Rule("mycophenolate", "XR-06", BLOCK, "V", BREASTFEEDING, MALE),
    # 2.5 Ciclosporin.  The row of CSA-01 has no number: the one of MON-04, as a caution.
    Rule("ciclosporin", "CSA-01", HOLD, "V", below("egfr", 60)),
    Rule("ciclosporin", "CSA-02", BLOCK, "V", yes("uncontrolled_hypertension")),
    Rule("ciclosporin", "CSA-03", BLOCK, "V", MALIGNANCY),
    Rule("ciclosporin", "CSA-04", BLOCK, "K", INFECTION),
    Rule("ciclosporin", "CSA-05", BLOCK, "V", taken("tacrolimus")),
    Rule("ciclosporin", "CSA-06", BLOCK, "V", taken("aliskiren")),
    Rule("ciclosporin", "CSA-07", BLOCK, "K",
         taken("st-johns-wort", "dabigatran", "bosentan", "simvastatin", "rosuvastatin",
               spelt=("St John's wort", "St John’s wort", "St. John's Wort"))),
    Rule("ciclosporin", "CSA-08", WARN, "V", taken("diclofenac")),
    Rule("ciclosporin", "CSA-09", WARN, "V",
         taken("nsaid", "aminoglycoside", "amphotericin", *CO_TRIMOXAZOLE,
               "ace-inhibitor", "potassium-sparing-diuretic")),
    Rule("ciclosporin", "CSA-10", WARN, "V", taken("grapefruit")),
    Rule("ciclosporin", "CSA-16", WARN, "V", EXPECTING, MALE),
    Rule("ciclosporin", "CSA-17", VACCINE, "V", LIVE_VACCINE),
    Rule("ciclosporin", "MMF-08", WARN, "K", taken("mycophenolate")),
    Rule("ciclosporin", "MTX-16", HOLD, "V-", taken("methotrexate")),
    Rule("ciclosporin", "XR-02", BLOCK, "V", taken("tacrolimus")),
    Rule("ciclosporin", "XR-03", HOLD, "V", INFECTION),
    # 2.6 Tacrolimus
    Rule("tacrolimus", "TAC-01", BLOCK, "V",
         allergic("macrolide", "macrolides", "macrolide-antibiotic", "macrolide-antibiotics",
                  "erythromycin", "clarithromycin", "azithromycin",
                  spelt=("Macrolides", "Macrolide antibiotics", "Erythromycin"))),
    Rule("tacrolimus", "TAC-02", BLOCK, "V", taken("ciclosporin", spelt=("cyclosporine",))),
    Rule("tacrolimus", "TAC-03", HOLD, "V",
         taken("azole", "clarithromycin", "protease-inhibitor", "rifampicin", "phenytoin",
               "st-johns-wort", spelt=("protease inhibitor", "St John's wort"))),
    Rule("tacrolimus", "TAC-05", WARN, "V",
         taken("nsaid", "ibuprofen", "aminoglycoside", "vancomycin", "co-trimoxazole",
               *CO_TRIMOXAZOLE, "ganciclovir", "amphotericin")),
    Rule("tacrolimus", "TAC-06", WARN, "V-", MYOCARDITIS),
    Rule("tacrolimus", "TAC-09", VACCINE, "V", LIVE_VACCINE),
    Rule("tacrolimus", "TAC-10", WARN, "V", EXPECTING, MALE),
    Rule("tacrolimus", "XR-02", BLOCK, "V", taken("ciclosporin")),
    Rule("tacrolimus", "XR-03", HOLD, "V", INFECTION),
    # 2.7 IVIG
    Rule("ivig", "IVIG-01", BLOCK, "V", yes("iga_deficiency_with_anti_iga")),
    Rule("ivig", "IVIG-02", BLOCK, "V", yes("immunoglobulin_anaphylaxis")),
    Rule("ivig", "IVIG-03", HOLD, "V", yes("thrombosis_history")),
    Rule("ivig", "IVIG-04", WARN, "V", DERMATOMYOSITIS),
    Rule("ivig", "IVIG-06", HOLD, "V", above("age_years", 65)),
    Rule("ivig", "IVIG-06", HOLD, "V", taken("ciclosporin", "tacrolimus")),
    Rule("ivig", "IVIG-09", WARN, "K", LIVE_VACCINE),
    Rule("ivig", "IVIG-11", HOLD, "V", above("weight_kg", 100)),
    Rule("ivig", "IVIG-14", WARN, "V", EXPECTING, MALE),
    Rule("ivig", "IVIG-15", BLOCK, "V", IBM, order_only=True),
    # 2.8 Rituximab
    Rule("rituximab", "RTX-02", BLOCK, "V-", HBSAG),
    Rule("rituximab", "RTX-03", HOLD, "V", ANTI_HBC),
    Rule("rituximab", "RTX-04", BLOCK, "V", INFECTION),
    Rule("rituximab", "RTX-04", BLOCK, "V", ACTIVE_TB),
    Rule("rituximab", "RTX-06", BLOCK, "V", yes("heart_failure_nyha_4")),
    Rule("rituximab", "RTX-06", HOLD, "V", MYOCARDITIS),
    Rule("rituximab", "RTX-07", BLOCK, "V",
         allergic("murine-protein", "murine-proteins",
                  spelt=("murine protein", "Murine Proteins"))),
    Rule("rituximab", "RTX-08", VACCINE, "V", LIVE_VACCINE),
    Rule("rituximab", "RTX-14", HOLD, "V", PREGNANT, NOT_PREGNANT),
    Rule("rituximab", "RTX-16", WARN, "V",
         taken("azathioprine", "mycophenolate", "ciclosporin", "tacrolimus")),
    Rule("rituximab", "XR-01", BLOCK, "V", taken("abatacept", "tocilizumab")),
    Rule("rituximab", "XR-06", HOLD, "V", BREASTFEEDING, MALE),
    # 2.9 Cyclophosphamide
    Rule("cyclophosphamide", "CYC-01", BLOCK, "V", INFECTION),
    Rule("cyclophosphamide", "CYC-02", BLOCK, "V", yes("bone_marrow_failure")),
    Rule("cyclophosphamide", "CYC-03", BLOCK, "V", yes("urinary_outflow_obstruction")),
    Rule("cyclophosphamide", "CYC-04", BLOCK, "V", BREASTFEEDING, MALE),
    Rule("cyclophosphamide", "CYC-05", BLOCK, "V", PREGNANT, NOT_PREGNANT),
    Rule("cyclophosphamide", "CYC-06", HOLD, "V", Always(), groups=("non-severe",)),
    Rule("cyclophosphamide", "CYC-06", HOLD, "V", Always(), groups=("remission",)),
    Rule("cyclophosphamide", "CYC-10", HOLD, "K", below("neutrophils", 1.5)),
    Rule("cyclophosphamide", "CYC-10", HOLD, "K", below("platelets", 50)),
    Rule("cyclophosphamide", "CYC-12", HOLD, "K", below("egfr", 30)),
    Rule("cyclophosphamide", "CYC-12", HOLD, "K", above("age_years", 70)),
    Rule("cyclophosphamide", "CYC-13", HOLD, "K",
         taken("azathioprine", "mycophenolate", "methotrexate")),
    Rule("cyclophosphamide", "CYC-15", VACCINE, "K", LIVE_VACCINE),
    Rule("cyclophosphamide", "XR-06", BLOCK, "V", BREASTFEEDING, MALE),
    # 2.10 Abatacept and tocilizumab
    Rule("abatacept", "ABA-01", BLOCK, "V", INFECTION),
    Rule("abatacept", "ABA-01", BLOCK, "V", ACTIVE_TB),
    Rule("abatacept", "ABA-01", HOLD, "V", LATENT_TB),
    Rule("abatacept", "ABA-01", BLOCK, "V", HBSAG),
    Rule("abatacept", "ABA-05", VACCINE, "V", LIVE_VACCINE),
    Rule("abatacept", "ABA-07", HOLD, "V", PREGNANT, NOT_PREGNANT),
    Rule("abatacept", "ABA-08", WARN, "V", yes("ild_predominant", ild=True)),
    Rule("abatacept", "XR-01", BLOCK, "V", taken("rituximab", "tocilizumab")),
    Rule("abatacept", "XR-06", HOLD, "V", BREASTFEEDING, MALE),
    Rule("tocilizumab", "TCZ-01", BLOCK, "V", INFECTION),
    Rule("tocilizumab", "TCZ-01", BLOCK, "V", ACTIVE_TB),
    Rule("tocilizumab", "TCZ-02", BLOCK, "V", below("neutrophils", 2.0)),
    Rule("tocilizumab", "TCZ-02", BLOCK, "V", below("platelets", 100)),
    Rule("tocilizumab", "TCZ-03", BLOCK, "V", below("neutrophils", 0.5)),
    Rule("tocilizumab", "TCZ-03", BLOCK, "V", below("platelets", 50)),
    Rule("tocilizumab", "TCZ-04", HOLD, "V", yes("diverticulitis_history")),
    Rule("tocilizumab", "TCZ-04", HOLD, "V", ULCER),
    Rule("tocilizumab", "TCZ-04", HOLD, "V", taken("prednisolone", "methylprednisolone", "nsaid")),
    Rule("tocilizumab", "TCZ-08", VACCINE, "V", LIVE_VACCINE),
    Rule("tocilizumab", "TCZ-09", HOLD, "V", PREGNANT, NOT_PREGNANT),
    Rule("tocilizumab", "TCZ-10", WARN, "V", yes("ild")),
    Rule("tocilizumab", "XR-01", BLOCK, "V", taken("rituximab", "abatacept")),
    Rule("tocilizumab", "XR-06", HOLD, "V", BREASTFEEDING, MALE),
)  # fmt: skip


def _counted() -> tuple[Rule, ...]:
    seen: Counter[tuple[str, str]] = Counter()
    found = []
    for one in _WRITTEN:
        seen[one.drug, one.row] += 1
        found.append(replace(one, place=seen[one.drug, one.row]))
    return tuple(found)


RULES = _counted()
