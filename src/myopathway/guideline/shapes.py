"""The shapes of all content files: keys, their order, and what an editor says of each."""

from __future__ import annotations

from typing import Final

from myopathway.facts import CHANGES, KINDS, PURPOSES
from myopathway.guideline.shape import Key, Shape

VERDICTS: Final = ("excluded", "caution", "favoured")
NAME: Final = r"[a-z][a-z0-9_]*"  # of a fact or a term, as sentences write it
WORD: Final = r"[a-z][a-z-]*"  # of a drug or a class, as sentences write it
STATEMENTS: Final = (
    *("aim", "scope", "definition", "position", "therapy", "preference", "dose"),
    *("adverse-effect", "monitoring", "evidence", "caveat"),
)
OCCASIONS: Final = (
    "exhausted",
    "works-but-not-listed",
    "history-from-record",
    "implied",
    "unrecorded",
    "not-counted",
    "held",
    "no-figure",
    "adjusted-weight",
    "lower-age",
    "unknown-drugs",
)

_CITES = Key("cites", "texts", "one id or more of a statement or an interpretation",
             of="statements and interpretations", least=1)  # fmt: skip
_SAYS = Key("says", "text", "what it says, in our own words", slots=())
_WHEN = Key("when", "criterion", "a sentence, a list of them, or all/any/not")
_GROUPS = Key("groups", "texts", "the groups that it holds for", required=False, of="groups")
_NODES = Key("nodes", "texts", "the nodes that it holds for", required=False, of="nodes")
_VERDICT = Key("verdict", "words", "the verdict; left out, it is only said", required=False,
               words=VERDICTS)  # fmt: skip
_RULE_SAYS = Key("says", "text", "what it says; {drugs} and {regimen} are filled in",
                 slots=("drugs", "regimen"))  # fmt: skip
_RULE_WHEN = Key(
    "when", "rule criterion", "a sentence, a list of them, or all/any/not; of the option too"
)

BASIS: Final = Shape("basis", (_SAYS, _CITES))
RULE: Final = Shape("rule", (_RULE_SAYS, _CITES, _VERDICT, _RULE_WHEN))
OPTION: Final = Shape(
    "option",
    (
        Key("give", "texts", "the drugs, given together", of="drugs", least=1),
        Key("tier", "words", "primary or secondary", required=False,
            words=("primary", "secondary")),
        _SAYS,
        _CITES,
        Key("doses", "doses", "a dose sentence or more for each drug, in their order", least=1),
        Key("listed", "criterion", "listed only while this is true", required=False),
        Key("rules", "entries", "reasons for or against", required=False, shape=RULE),
        Key("evidence", "entries", "what is known of its effect", required=False, shape=BASIS),
    ),
)  # fmt: skip
THERAPY: Final = Shape(
    "therapy",
    (
        Key("role", "words", "core, plus or consider", words=("core", "plus", "consider")),
        _SAYS,
        _CITES,
        Key("options", "entries", "what may be chosen", required=False, shape=OPTION),
    ),
)
NODE: Final = Shape(
    "node",
    (
        Key("id", "text", "the node's id"),
        Key("title", "text", "its title"),
        _SAYS,
        _CITES,
        Key("group", "text", "the group it belongs to", of="groups"),
        Key("line", "integer", "its line of therapy", required=False),
        Key("purpose", "words", "the purpose of its regimens", required=False, words=PURPOSES),
        Key("wins", "flag", "it stands whatever else is stated", required=False),
        _WHEN,
        Key("therapies", "entries", "its parts", shape=THERAPY, least=1),
        Key("evidence", "entries", "evidence for the whole node", required=False, shape=BASIS),
        Key("reviewed", "text", "when and by whom it was last read against the sources",
            required=False),
    ),
)  # fmt: skip
CODING: Final = Shape(
    "coding",
    (
        Key("row", "text", "the row of the verified code list"),
        Key("value", "text", "the value that the code shows", required=False),
        Key("icd10", "texts", "ICD-10 prefixes or ranges", required=False),
        Key("icd10cm", "texts", "ICD-10-CM prefixes or ranges", required=False),
        Key("snomed", "texts", "SNOMED CT ids", required=False),
        Key("loinc", "texts", "LOINC numbers", required=False),
        Key("doubt", "text", "why the code alone cannot say it", required=False),
        Key("within_days", "integer", "how long it counts", required=False),
    ),
)
FACT: Final = Shape(
    "fact",
    (
        Key("type", "words", "the type of its value", words=KINDS),
        _SAYS,
        Key("question", "text", "the question that asks for it"),
        Key("help", "text", "what helps to answer", required=False),
        Key("ease", "integer", "1 known at a glance to 4 looked up or tested"),
        Key("section", "text", "where a form shows it"),
        Key("judgement", "flag", "the clinician's word counts first", required=False),
        Key("problem_list", "flag", "a complete problem list can say no", required=False),
        Key("changes", "words", "how it can come to be another (left out: as the disease does)",
            required=False, words=CHANGES),
        Key("low", "number", "the least value", required=False),
        Key("high", "number", "the greatest value", required=False),
        Key("unit", "text", "the unit, as UCUM code", required=False),
        Key("from_date", "text", "the date it can be worked out from", required=False,
            of="facts"),
        Key("values", "labels", "the values with their labels", required=False),
        Key("conditions", "entries", "codes of conditions", required=False, shape=CODING),
        Key("observations", "entries", "codes of observations", required=False, shape=CODING),
    ),
)  # fmt: skip
CODES: Final = Shape(
    "codes",
    (
        Key("row", "text", "the row of the verified code list"),
        Key("atc", "texts", "ATC codes", required=False),
        Key("rxnorm", "texts", "RxNorm ingredients", required=False),
        Key("snomed", "texts", "SNOMED CT substances", required=False),
    ),
)
ADVICE: Final = Shape(
    "advice",
    (
        Key("kind", "words", "what it is",
            words=("adverse-effect", "monitoring", "supplement")),
        _SAYS,
        _CITES,
    ),
)  # fmt: skip
DRUG: Final = Shape(
    "drug",
    (
        Key("title", "text", "how it is shown"),
        Key("classes", "texts", "the classes it counts in", of="classes"),
        Key("synonyms", "texts", "other names"),
        Key("supplement", "flag", "struck from regimens before the history is read",
            required=False),
        Key("codes", "entry", "its verified codes", shape=CODES),
        Key("dose_weight", "texts", "the weights to dose by, the first known counts",
            required=False, of="facts", least=1),
        Key("advice", "entries", "what holds wherever it is offered", required=False,
            shape=ADVICE),
    ),
)  # fmt: skip
DRUGS: Final = Shape(
    "drugs",
    (
        Key("classes", "named", "drug classes", form=WORD,
            shape=Shape("class", (
                Key("title", "text", "its name in words"),
                _CITES,
                Key("background", "flag", "beside another drug it carries no outcome",
                    required=False),
                Key("combines", "flag", "two together are watched as a combination",
                    required=False)))),
        Key("drugs", "named", "the drugs", shape=DRUG, form=WORD),
        Key("others", "named", "drugs beside the algorithm that rules name, by their codes",
            required=False, shape=CODES, form=WORD),
    ),
)  # fmt: skip
STATEMENT: Final = Shape(
    "statement",
    (
        Key("src", "words", "algorithm (A), approach text (T), or both", words=("A", "T", "AT")),
        Key("kind", "words", "what kind of statement", words=STATEMENTS),
        _SAYS,
        Key("cites", "numbers", "the numbers of the works that it cites", of="references"),
        Key("not_encoded", "text", "why nothing carries it", required=False),
    ),
)
REFERENCE: Final = Shape(
    "reference",
    (
        Key("authors", "text", "the authors"),
        Key("title", "text", "the title"),
        Key("journal", "text", "the journal"),
        Key("year", "integer", "the year"),
        Key("volume", "text", "the volume"),
        Key("issue", "text", "the issue", required=False),
        Key("pages", "text", "the pages"),
        Key("pmid", "text", "the PubMed id", form=r"\d+"),
        Key("pmcid", "text", "the PubMed Central id", required=False),
        Key("doi", "text", "the DOI", required=False),
    ),
)
SOURCES: Final = Shape(
    "sources",
    (
        Key("statements", "named", "the ledger of statements", shape=STATEMENT),
        Key("references", "named", "the cited works by number", shape=REFERENCE, form=r"\d+"),
    ),
)
INTERPRETATION: Final = Shape("interpretation", (Key("title", "text", "its subject"), _SAYS))
TERM: Final = Shape("term", (_SAYS, _CITES, _WHEN))
GROUP: Final = Shape(
    "group", (Key("id", "text", "its id"), Key("title", "text", "its title"), _SAYS, _CITES)
)
IMPLICATION: Final = Shape(
    "implication",
    (
        Key("id", "text", "its id"),
        _SAYS,
        _CITES,
        Key("given", "text", "the fact whose yes is given", of="facts"),
        Key("then", "text", "the fact that then is yes", of="facts"),
    ),
)
CONFLICT: Final = Shape(
    "conflict",
    (
        Key("id", "text", "its id"),
        _SAYS,
        _CITES,
        _WHEN,
        Key("asks", "texts", "facts worth asking for because of it", required=False, of="facts"),
    ),
)
READINGS: Final = Shape(
    "readings",
    tuple(
        Key(name, "text", f"the interpretation on {says}", of="statements and interpretations")
        for name, says in (
            ("unknown", "what is not known"),
            ("failed", "a drug that failed"),
            ("implied-conflict", "a fact that is denied and implied"),
        )
    ),
)
POSITION: Final = Shape(
    "position",
    (
        Key("groups", "entries", "the groups in order", shape=GROUP),
        Key("not_covered", "entry", "whom the guideline does not cover",
            shape=Shape("not covered", (_SAYS, _CITES, _WHEN))),
        Key("adult", "entry", "from which age doses are shown", shape=Shape("adult", (
            Key("fact", "text", "the fact that holds the age", of="facts"),
            Key("from_years", "number", "the least age"),
            Key("child", "text", "said below it"),
            Key("unknown", "text", "said while it is unknown"),
            _CITES))),
        Key("unstated_purpose", "entry", "a regimen without a stated purpose",
            shape=Shape("unstated purpose", (
                Key("purpose", "words", "is of this purpose", words=PURPOSES), _CITES, _WHEN))),
        Key("implications", "entries", "what follows from what", shape=IMPLICATION),
        Key("conflicts", "entries", "what cannot all be true", shape=CONFLICT),
        Key("readings", "entry", "which interpretation each rule of the engine follows",
            shape=READINGS),
    ),
)  # fmt: skip
SHARED_RULE: Final = Shape(
    "shared rule",
    (
        Key("id", "text", "its id"),
        _RULE_SAYS,
        _CITES,
        _VERDICT,
        Key("drugs", "texts", "only for options with one of these", required=False, of="drugs"),
        Key("not_classes", "texts", "not for options of these classes alone", required=False,
            of="classes"),
        _GROUPS,
        _NODES,
        _RULE_WHEN,
    ),
)  # fmt: skip
RULES: Final = Shape(
    "rules", (Key("rules", "entries", "reasons for or against options", shape=SHARED_RULE),)
)
NOTICE: Final = Shape(
    "notice",
    (
        Key("id", "text", "its id"),
        Key("level", "words", "how urgent it is", words=("info", "warning", "critical")),
        Key("says", "text", "what it says; {therapy} and {drugs} are filled in where they apply",
            slots=("therapy", "drugs", "implication")),
        _CITES,
        _GROUPS,
        _NODES,
        Key("occasion", "words", "what the engine found", required=False, words=OCCASIONS),
        Key("while_possible", "flag", "told as soon as one of its places is possible",
            required=False),
        Key("when", "criterion", "while this is true", required=False),
    ),
)  # fmt: skip
NOTICES: Final = Shape(
    "notices",
    (
        Key("notices", "entries", "messages for the reader", shape=NOTICE),
        Key("old_measurements", "entries", "measurements that grow old",
            shape=Shape("old measurement", (
                Key("fact", "text", "the fact", of="facts"),
                Key("days", "integer", "old after so many days"),
                Key("says", "text", "what it says; {days} and {date} are filled in",
                    slots=("days", "date")),
                _CITES))),
    ),
)  # fmt: skip
EDITION: Final = Shape(
    "edition",
    (
        Key("id", "text", "the guideline's id"),
        Key("version", "text", "the content's version"),
        Key("date", "text", "its date, such as '2026-03-31'", form=r"\d{4}-\d{2}-\d{2}"),
        Key("title", "text", "its title"),
        Key("intended_use", "text", "what it is meant for and what not"),
        Key("sources", "entries", "the source texts", shape=Shape("source text", (
            Key("id", "text", "A or T"), Key("title", "text", "its title"),
            Key("publisher", "text", "its publisher"), Key("url", "text", "its address")))),
        Key("evidence", "entries", "what holds for the whole topic", shape=BASIS),
    ),
)  # fmt: skip
CASE: Final = Shape(
    "case",
    (
        Key("name", "text", "who the patient is"),
        Key("why", "text", "why the answer is expected"),
        Key("given", "facts", "the facts document"),
        Key("expect", "expectation", "what the answer holds"),
    ),
)
EXPECTATION: Final = Shape(
    "expectation",
    (
        Key("status", "words", "the status", required=False,
            words=("recommended", "needs-information", "conflict", "not-covered")),
        Key("node", "text", "the node", required=False, of="nodes"),
        Key("possible", "texts", "every node that stays possible, in order", required=False,
            of="nodes"),
        Key("options", "labels", "option: verdict, or absent", required=False),
        Key("reasons", "open", "option: ids that its reasons rest on", required=False),
        Key("doses", "labels", "drug kind: figure, or none", required=False),
        Key("first_missing", "text", "the fact to ask for first", required=False),
        Key("missing", "texts", "facts that are asked for", required=False),
        Key("not_missing", "texts", "facts that are not asked for", required=False),
        Key("notices", "texts", "ids that notices rest on", required=False),
        Key("not_notices", "texts", "ids that no notice rests on", required=False),
        Key("shows", "texts", "ids of criteria on the way to the node", required=False),
    ),
)  # fmt: skip
FACTS: Final = Key("facts", "named", "the facts by name", shape=FACT, least=1, form=NAME)
TERMS: Final = Key("terms", "named", "the terms by name", shape=TERM, form=NAME)
INTERPRETATIONS: Final = Key("interpretations", "named", "the interpretations by id",
                             shape=INTERPRETATION)  # fmt: skip
