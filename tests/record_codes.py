"""The verified code list as a second reading: what each code of a record says.

Written from the code list itself, not from the content: row, fact, value (``?`` where the code
points to the fact but cannot say it), then the codes of each system.
"""

from __future__ import annotations

from typing import NamedTuple

CODES = """
DX-01 subtype unspecified-iim: icd10cm G72.49
DX-02 subtype dermatomyositis: icd10 M33.1; icd10cm M33.1; snomed 396230008
DX-03 subtype juvenile-dermatomyositis: icd10 M33.0; icd10cm M33.0; snomed 1212005
DX-04 subtype polymyositis: icd10 M33.2; icd10cm M33.2; snomed 31384009
DX-05 subtype unspecified-iim: icd10 M33.9; icd10cm M33.9
DX-06 subtype amyopathic-dermatomyositis: icd10cm M33.13
DX-08 subtype inclusion-body-myositis: icd10cm G72.41; snomed 72315009
DX-08 subtype ?: icd10 G72.4; icd10cm G72.4
DX-09 subtype antisynthetase-syndrome: snomed 445187004
DX-10 subtype ?: icd10 M35.1; icd10cm M35.1
DX-11 subtype unspecified-iim: icd10 M36.0; icd10cm M36.0
DX-11 malignancy yes: icd10 M36.0; icd10cm M36.0
DX-12 ild yes: icd10 J84.9 J84.1; icd10cm J84.9 J84.1 J99; snomed 233703007 64667001
DX-12 ild ?: icd10cm M33.01 M33.11 M33.21 M33.91
DX-13 respiratory_failure_from_ild ?: icd10 J96.0 J96.1 J96.9; icd10cm J96.0 J96.1 J96.2 J96.9
DX-13 respiratory_failure_from_ild ?: snomed 409622000 65710008
DX-14 myocarditis yes: icd10 I40 I41 I51.4; icd10cm I40.0 I40.1 I40.8 I40.9 I41 I51.4
DX-14 myocarditis yes: snomed 50920009
DX-15 severe_dysphagia ?: icd10 R13; icd10cm R13.10 R13.11 R13.12 R13.13 R13.14 R13.19
DX-15 severe_dysphagia ?: snomed 40739000
DX-16 malignancy yes: icd10 C00-C97; icd10cm C00-C96; snomed 363346000
DX-17 pregnant yes: icd10 Z33 O00-O99; icd10cm Z33.1 O00-O9A; snomed 77386006
DX-18 infection ?: icd10 A00-B99; icd10cm A00-B99; snomed 40733004
DX-20 hbsag ?: icd10 B16 B18.0 B18.1; icd10cm B16 B18.0 B18.1 B19.10 B19.11
DX-20 hbsag ?: snomed 66071002 61977001
DX-22 iga_deficiency_with_anti_iga ?: icd10 D80.2; icd10cm D80.2; snomed 29260007
DX-23 tuberculosis active: icd10 A15-A19; icd10cm A15-A19; snomed 56717001
DX-25 significant_liver_disease yes: snomed 328383001 19943007
DX-25 significant_liver_disease ?: icd10 K70-K77; icd10cm K70-K77
DX-26 uncontrolled_hypertension ?: icd10 I10-I15; icd10cm I10-I15; snomed 38341003
DX-27 heart_failure_nyha_4 ?: icd10 I50; icd10cm I50; snomed 84114007
DX-28 thrombosis_history yes: icd10 I80-I82; icd10cm I80-I82; snomed 128053003
DX-30 diverticulitis_history yes: snomed 4494009
DX-30 diverticulitis_history ?: icd10 K57; icd10cm K57
OB-01 weight_kg 50: loinc 29463-7
OB-03 egfr 50: loinc 98979-8
OB-04 egfr 50: loinc 33914-3 62238-1
OB-09 white_cells 50: loinc 6690-2
OB-10 neutrophils 50: loinc 751-8 26499-4 753-4
OB-11 platelets 50: loinc 777-3 26515-7
OB-19 autoantibodies anti-jo-1: loinc 8076-2 11565-9 33571-1 5234-0 99069-7
OB-20 autoantibodies other-myositis-specific: loinc 33772-5 33771-7 45149-2 45152-6
OB-21 autoantibodies anti-mi-2: loinc 82997-8 82996-0 88732-3 88733-1
OB-22 autoantibodies anti-srp: loinc 33921-8 53031-1
OB-23 autoantibodies anti-mda5: loinc 107563-9 105529-2
OB-24 autoantibodies anti-tif1-gamma: loinc 107562-1 105555-7
OB-25 autoantibodies anti-nxp2: loinc 105528-4
OB-26 autoantibodies anti-hmgcr: loinc 93493-5
OB-27 tpmt ?: loinc 21563-2 43421-7
OB-28 hbsag positive: loinc 5195-3
OB-29 anti_hbc positive: loinc 16933-4 13952-7
RX-01 treatments methylprednisolone: atc H02AB04; rxnorm 6902
RX-02 treatments prednisolone: atc H02AB06 H02AB07; rxnorm 8638 8640
RX-04 treatments methotrexate: atc L04AX03 L01BA01; rxnorm 6851; snomed 387381009
RX-05 treatments azathioprine: atc L04AX01; rxnorm 1256
RX-06 treatments mycophenolate: atc L04AA06; rxnorm 68149
RX-07 treatments ciclosporin: atc L04AD01; rxnorm 3008
RX-08 treatments tacrolimus: atc L04AD02; rxnorm 42316
RX-09 treatments ivig: atc J06BA02
RX-10 treatments rituximab: atc L01FA01; rxnorm 121191
RX-11 treatments cyclophosphamide: atc L01AA01; rxnorm 3002; snomed 387420009
RX-12 treatments abatacept: atc L04AA24; rxnorm 614391
RX-13 treatments tocilizumab: atc L04AC07; rxnorm 612865
RX-14 treatments folic-acid: atc B03BB01; rxnorm 4511
RX-15 other_drugs allopurinol: atc M04AA01
RX-16 other_drugs febuxostat: atc M04AA03
RX-17 other_drugs trimethoprim: atc J01EA01; rxnorm 10829
RX-18 other_drugs co-trimoxazole: atc J01EE01
RX-21 other_drugs leflunomide: atc L04AK01
"""

# The names by which a drug is found besides its own.
NAMES = {
    "methylprednisolone": {"methylprednisolone sodium succinate"},
    "prednisolone": {"prednisone"},
    "mycophenolate": {"mycophenolate-mofetil", "mycophenolate mofetil", "mycophenolic acid"},
    "ciclosporin": {"cyclosporine", "cyclosporin"},
    "ivig": {
        "intravenous immunoglobulin",
        "normal immunoglobulin human",
        "human normal immunoglobulin",
        "normal human immunoglobulin",
        "human immunoglobulin",
        "immunoglobulin",
        "intravenous immune globulin",
        "immune globulin intravenous",
        "immune globulin",
    },
    "folic-acid": {"folic acid"},
}


class Code(NamedTuple):
    """One code and what it says: ``value`` is ``?`` where it only points to the fact."""

    row: str
    fact: str
    value: str
    system: str
    code: str


def codes() -> list[Code]:
    """Give every code of the table."""
    found = []
    for line in CODES.strip().splitlines():
        what, _, systems = line.partition(": ")
        row, fact, value = what.split()
        for each in systems.split("; "):
            system, *several = each.split()
            found += [Code(row, fact, value, system, code) for code in several]
    return found
