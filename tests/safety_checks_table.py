"""
What is to be checked, said and looked at again, written from the fact sheet.

`CHECKS`: before the first dose of a drug, for whom, and what in the record answers it.  `NOTICES`:
of the patient as a whole, and before a line is climbed.  `ADVICE`: what goes with a drug.  Entries
of one row and drug stand in the content's order.
"""

from collections import Counter
from dataclasses import dataclass, replace
from typing import TypeVar

from tests.safety_conditions import (
    Always,
    Condition,
    Failed,
    Found,
    Is,
    Never,
    Stated,
    above,
    at_least,
    both,
    either,
    yes,
)
from tests.safety_rules_table import BREASTFEEDING, DERMATOMYOSITIS, MALE, PREGNANT

EVERYONE = Always()
ADULT = at_least("age_years", 18)
WOMAN = both(Never(MALE), yes("can_become_pregnant"))
TB_KNOWN = Stated("tuberculosis", ("active", "latent", "none"))
HBSAG_KNOWN = Stated("hbsag", ("positive", "negative"))
ANTI_HBC_KNOWN = Stated("anti_hbc", ("positive", "negative"))
PREGNANCY_KNOWN = Stated("pregnant", (True, False))


@dataclass(frozen=True)
class Check:
    """A check before the first dose; `done`: the record answers it."""

    drug: str
    row: str
    confidence: str = "V"
    when: Condition = EVERYONE
    done: Condition | None = None
    place: int = 1

    @property
    def id(self) -> str:
        return f"{self.drug} {self.row}" + (f" #{self.place}" if self.place > 1 else "")


_CHECKS = (
    # Glucocorticoids
    Check("methylprednisolone", "GC-01"),
    *(
        one
        for drug in ("methylprednisolone", "prednisolone")
        for one in (
            Check(drug, "GC-07", when=ADULT),
            Check(drug, "GC-08", when=ADULT),
            Check(drug, "GC-09", when=ADULT),
            Check(drug, "GC-11"),
            Check(drug, "GC-12"),
            Check(drug, "GC-14", "K"),
        )
    ),
    # Methotrexate
    Check("methotrexate", "MTX-06"),
    Check("methotrexate", "MTX-08"),
    Check("methotrexate", "MTX-10"),
    Check("methotrexate", "MTX-12", done=Stated("ild", (True, False))),
    Check("methotrexate", "MTX-18", "K"),
    Check("methotrexate", "MTX-19", "K"),
    Check("methotrexate", "MTX-19", "K", when=WOMAN),
    Check("methotrexate", "MTX-19", "K"),
    Check("methotrexate", "MTX-19", "K"),
    Check("methotrexate", "MTX-22", when=MALE),
    Check("methotrexate", "MTX-22", "K", when=MALE),
    # Azathioprine
    Check("azathioprine", "AZA-04", done=Stated("tpmt", ("normal", "intermediate", "poor"))),
    Check("azathioprine", "AZA-04", done=Stated("nudt15", ("normal", "intermediate", "poor"))),
    # Mycophenolate
    Check("mycophenolate", "MMF-02", when=WOMAN),
    Check("mycophenolate", "MMF-03", when=WOMAN),
    Check("mycophenolate", "MMF-04", when=MALE),
    Check("mycophenolate", "MMF-10", "K"),
    # Ciclosporin and tacrolimus
    Check("ciclosporin", "CSA-01"),
    Check("ciclosporin", "CSA-12"),
    Check("ciclosporin", "CSA-15"),
    Check("tacrolimus", "TAC-01"),
    Check("tacrolimus", "TAC-08", "K"),
    # IVIG
    Check("ivig", "IVIG-03"),
    Check("ivig", "IVIG-06"),
    Check("ivig", "IVIG-10", "K"),
    Check("ivig", "IVIG-11", done=Stated("ivig_dose_weight_kg", (2, 60))),
    # Rituximab
    Check("rituximab", "RTX-01", done=both(HBSAG_KNOWN, ANTI_HBC_KNOWN)),
    Check("rituximab", "RTX-05"),
    Check("rituximab", "RTX-06"),
    Check("rituximab", "RTX-09", "V-"),
    Check("rituximab", "RTX-10"),
    Check("rituximab", "RTX-13", when=WOMAN),
    Check("rituximab", "RTX-15", "V-"),
    Check("rituximab", "RTX-17", done=TB_KNOWN),
    # Cyclophosphamide
    Check("cyclophosphamide", "CYC-02"),
    Check("cyclophosphamide", "CYC-03"),
    Check("cyclophosphamide", "CYC-07", "K", when=WOMAN),
    Check("cyclophosphamide", "CYC-07", "K", when=MALE),
    Check("cyclophosphamide", "CYC-08", "K"),
    Check("cyclophosphamide", "CYC-10", "V-"),
    Check("cyclophosphamide", "CYC-11", "V-"),
    # Abatacept and tocilizumab
    Check("abatacept", "ABA-02"),
    Check("abatacept", "ABA-04", done=both(TB_KNOWN, HBSAG_KNOWN)),
    Check("abatacept", "ABA-04"),
    Check("abatacept", "ABA-06", "V-", when=WOMAN),
    Check("tocilizumab", "TCZ-02"),
    Check("tocilizumab", "TCZ-04"),
    Check("tocilizumab", "TCZ-05"),
    Check("tocilizumab", "TCZ-08"),
    # Whole patient
    *(
        one
        for drug in ("methotrexate", "mycophenolate", "cyclophosphamide")
        for one in (
            Check(drug, "XR-07", when=WOMAN, done=PREGNANCY_KNOWN),
            Check(drug, "XR-07", when=WOMAN),
        )
    ),
    *(
        one
        for drug in (
            "methylprednisolone",
            "rituximab",
            "cyclophosphamide",
            "abatacept",
            "tocilizumab",
        )
        for one in (Check(drug, "XR-08"), Check(drug, "XR-08", "K"))
    ),
    # Immunoglobulin does not suppress.
    *(
        Check(drug, "XR-14", "K")
        for drug in (
            *("methylprednisolone", "prednisolone", "methotrexate", "azathioprine"),
            *("mycophenolate", "ciclosporin", "tacrolimus", "rituximab", "cyclophosphamide"),
            *("abatacept", "tocilizumab"),
        )
    ),
)


@dataclass(frozen=True)
class Notice:
    """A message of the patient as a whole; `climbing`: said at every line but the first."""

    row: str
    level: str
    confidence: str
    when: Condition = EVERYONE
    climbing: bool = False
    place: int = 1

    @property
    def id(self) -> str:
        return self.row + (f" #{self.place}" if self.place > 1 else "")


_COVERED = "polymyositis", "dermatomyositis", "juvenile-dermatomyositis"
MYOSITIS = Never(Is("subtype", "not-iim", _COVERED))
COVERED = both(MYOSITIS, Never(Is("subtype", "inclusion-body-myositis", _COVERED)))
JUVENILE = Is("subtype", "juvenile-dermatomyositis", ("polymyositis",))
ADULT_DERMATOMYOSITIS = either(*DERMATOMYOSITIS.parts[:2])

_NOTICES = (
    Notice("XR-04", "critical", "K", Found("anti-hmgcr", "anti-srp")),
    Notice("XR-05", "warning", "V", PREGNANT),
    Notice("XR-06", "warning", "V", BREASTFEEDING),
    Notice("XR-09", "info", "V", both(COVERED, ADULT, Never(JUVENILE))),
    Notice("XR-09", "warning", "V",
           both(Found("anti-tif1-gamma", "anti-mi-2"), above("age_years", 40),
                ADULT_DERMATOMYOSITIS)),
    Notice("XR-10", "info", "V", both(COVERED, Is("course", "initial", ("relapse", "remission")))),
    Notice("XR-13", "info", "V", MYOSITIS),
    Notice("ST-08", "warning", "V",
           both(Is("subtype", "polymyositis", ("dermatomyositis", "unspecified-iim")),
                above("age_years", 50), Failed())),
    *(Notice("ST-08", "info", confidence, climbing=True)
      for confidence in ("V", "V", "V", "V-", "V")),
    Notice("GC-15", "info", "K", climbing=True),
    Notice("GC-05", "info", "V-", climbing=True),
)  # fmt: skip

# Row, and its confidence for each piece of advice that came of it, drug by drug.
ADVICE: dict[str, dict[str, tuple[str, ...]]] = {
    "methylprednisolone": {
        "GC-02": ("V",), "GC-04": ("V", "K"), "GC-06": ("V-",), "GC-10": ("V",),
        "GC-15": ("K",), "GC-17": ("K",), "GC-18": ("K",), "GC-19": ("K",),
    },
    "prednisolone": {
        "GC-06": ("V-",), "GC-10": ("V",), "GC-15": ("K",), "GC-18": ("K",), "GC-19": ("K",),
    },
    "methotrexate": {
        "MTX-07": ("V",), "MTX-11": ("V",), "MTX-13": ("V",), "MTX-14": ("V",),
        "MTX-15": ("V",), "MTX-17": ("K",), "MTX-20": ("V",), "MTX-24": ("V",),
        "MTX-25": ("V",), "XR-11": ("K",), "XR-12": ("K",),
    },
    "azathioprine": {
        "AZA-05": ("V",), "AZA-09": ("K",), "AZA-10": ("V",), "AZA-12": ("V",),
        "AZA-13": ("V", "K"), "AZA-14": ("V",), "AZA-15": ("V",), "AZA-17": ("V",),
        "XR-11": ("K",),
    },
    "mycophenolate": {
        "MMF-03": ("K",), "MMF-08": ("K",), "MMF-09": ("K",), "MMF-12": ("V",),
        "MMF-15": ("K",), "XR-11": ("K",),
    },
    "ciclosporin": {
        "CSA-05": ("V",), "CSA-09": ("V",), "CSA-10": ("V",), "CSA-16": ("K",),
        "CSA-18": ("V",), "XR-11": ("K",), "XR-12": ("K",),
    },
    "tacrolimus": {
        "CSA-05": ("V",), "MMF-08": ("K",), "TAC-03": ("V",), "TAC-04": ("V",),
        "TAC-05": ("V",), "TAC-06": ("V-",), "TAC-07": ("K",), "XR-11": ("K",), "XR-12": ("K",),
    },
    "ivig": {
        "IVIG-03": ("V",), "IVIG-05": ("V",), "IVIG-06": ("V",), "IVIG-08": ("V",),
        "IVIG-16": ("K",),
    },
    "rituximab": {
        "IVIG-16": ("K",), "RTX-08": ("V", "K"), "RTX-10": ("V",), "RTX-11": ("V",),
        "RTX-12": ("V",), "RTX-16": ("V",),
    },
    "cyclophosphamide": {"CYC-09": ("V-",), "CYC-14": ("V",)},
    "abatacept": {"ABA-03": ("V",), "ABA-05": ("K",), "ABA-09": ("K",)},
    "tocilizumab": {
        "TCZ-02": ("K",), "TCZ-03": ("V",), "TCZ-07": ("K",), "XR-11": ("K",),
    },
}  # fmt: skip

Entry = TypeVar("Entry", Check, Notice)


def _counted(written: tuple[Entry, ...]) -> tuple[Entry, ...]:
    seen: Counter[str] = Counter()
    found = []
    for one in written:
        seen[one.id] += 1
        found.append(replace(one, place=seen[one.id]))
    return tuple(found)


CHECKS = _counted(_CHECKS)
NOTICES = _counted(_NOTICES)
