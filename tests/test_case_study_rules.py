"""Case-study rules by example: one row per boundary of a rule.

Service names, figures and properties are in test_qualification.py, the search for the best four in
test_best_four.py.
"""

from __future__ import annotations

from functools import partial

import pytest

from calib.model import Effort, Outcome, StudyStatus
from calib.qualification import (
    find_least_actions,
    qualify,
    qualify_assessment,
    recommend,
)
from calib.qualification.service_names import KindMatcher, ServiceMatcher
from tests.core_examples import CATALOG, FOUR, by_name, study

RULES = CATALOG.qualification
SUBMITTED, CANDIDATE = StudyStatus.SUBMITTED, StudyStatus.CANDIDATE
KINDS = ("llm-application", "data-creation", "synthetic-data", "training-deployment")
WORDS = RULES.write_up.words


def words(count, start=0):
    return " ".join(f"word{n}" for n in range(start, start + count))


def reasons(*studies, rules=RULES):
    return list(qualify(rules, studies).reasons)


def submitted(*studies):
    return [s.model_copy(update={"status": SUBMITTED}) for s in studies]


# --- the set ---


@pytest.mark.parametrize(
    ("shown", "needed", "enough"),
    by_name([
        ("one kind where two are needed", [1, 1, 1, 1], 2, False),
        ("exactly the two that are needed", [1, 1, 1, 2], 2, True),
        ("two kinds where three are needed", [1, 1, 2, 2], 3, False),
        ("exactly the three that are needed", [1, 2, 3, 3], 3, True),
        ("one kind where one is needed", [1, 1, 1, 1], 1, True),
    ]),
)  # fmt: skip
def test_variety_needs_as_many_kinds_as_the_catalog_says(shown, needed, enough):
    rules = RULES.model_copy(update={"kinds_needed": needed})
    studies = [study(n, solution_types=(KINDS[kind],)) for n, kind in enumerate(shown)]
    found = qualify(rules, studies)
    assert found.set_qualifies is enough
    assert found.reasons == (() if enough else ("insufficient-variety",))
    for finding in found.findings:
        assert f"show {len(set(shown))} of the {needed} required kinds" in finding.message


def test_the_catalog_asks_for_four_studies_and_two_kinds():
    assert (RULES.needed, RULES.kinds_needed) == (4, 2)


def test_kinds_of_one_study_count_together():
    studies = [study(n, solution_types=()) for n in range(3)]
    assert reasons(*studies, study(3, solution_types=KINDS[:2])) == []


SPARE = study(4, services=("Amazon ECS",), primary_service="ECS")


@pytest.mark.parametrize(
    ("studies", "expected"),
    by_name([
        ("four", FOUR, []),
        ("three are too few", FOUR[:3], ["too-few"]),
        ("five are too many", (*FOUR, SPARE), ["too-many"]),
        ("none", (), ["too-few", "insufficient-variety"]),
        ("one that does not qualify does not count",
         (*FOUR[:3], study(3, results="")), ["too-few", "missing-results:cs-4"]),
        ("a fifth that does not qualify does no harm",
         (*FOUR, study(5, customer="X", results="")), ["missing-results:cs-5"]),
        ("two lead with one service", (*FOUR[:3], study(3, services=("EKS", "Bedrock"), primary_service="Bedrock")),
         ["duplicate-primary-service:bedrock"]),
        ("two pairs, each named once in the order of the studies",
         (study(1), study(0), study(5), study(4)),
         ["duplicate-primary-service:sagemaker", "duplicate-primary-service:bedrock"]),
    ]),
)  # fmt: skip
def test_reasons_of_a_set(studies, expected):
    found = qualify(RULES, studies)
    assert list(found.reasons) == expected
    of_set = [r for r in expected if ":cs-" not in r]
    assert [f.rule for f in found.findings] == of_set
    assert {f.subject.file for f in found.findings} <= {"case_studies/"}
    assert found.needed == 4
    assert found.set_qualifies is not bool(of_set)
    assert {f.outcome for f in found.findings} <= {Outcome.GAP}
    assert all(f.remediation for f in found.findings)


def test_findings_on_a_set_name_the_numbers_and_the_studies():
    few = qualify(RULES, FOUR[:3]).findings[0].message
    assert "4" in few
    assert "3" in few
    twice = qualify(RULES, (*FOUR[:3], study(8, title="", slug="eight"))).findings[0].message
    assert "“Study 0”" in twice
    assert "“eight”" in twice
    assert "Amazon Bedrock" in twice
    assert "Study 1" not in twice


# --- each study ---


@pytest.mark.parametrize(
    ("changes", "expected"),
    by_name([
        ("a good one", {}, []),
        ("no AWS-native service", {"services": ("Amazon S3",), "primary_service": "Amazon S3"},
         ["no-aws-native-service", "primary-not-aws-native"]),
        ("no service at all", {"services": (), "primary_service": ""},
         ["no-aws-native-service", "primary-not-in-services", "primary-not-aws-native"]),
        ("led by a service it does not list", {"services": ("Amazon EKS",)}, ["primary-not-in-services"]),
        ("led by another name of a service it lists", {"primary_service": "Bedrock Agents"}, []),
        ("led by a service that is not AWS's, though listed",
         {"services": ("Amazon Bedrock", "Pinecone"), "primary_service": "PINECONE "}, ["primary-not-aws-native"]),
        ("no results", {"results": ""}, ["missing-results"]),
        ("blank results", {"results": " \n"}, ["missing-results"]),
        ("not generative", {"solution": "No generative AI was used."}, ["not-generative-ai"]),
        ("all at once", {"services": (), "primary_service": "", "results": "", "solution": "No generative AI."},
         ["no-aws-native-service", "primary-not-in-services", "primary-not-aws-native", "missing-results",
          "not-generative-ai"]),
    ]),
)  # fmt: skip
def test_reasons_of_a_study(changes, expected):
    [one] = qualify(RULES, [study(**changes)]).studies
    assert [r.partition(":")[0] for r in one.reasons] == expected
    assert one.qualified is not bool(expected)
    of_reasons = [f for f in one.findings if not f.rule.startswith("write-up:")]
    assert [f.rule for f in of_reasons] == list(one.reasons)
    assert {f.outcome for f in of_reasons} <= {Outcome.GAP}
    assert {f.subject.file for f in one.findings} == {"case_studies/study-0.yaml"}
    assert all(f.message and f.remediation for f in of_reasons)


def test_findings_on_the_primary_service_name_it():
    named = study(services=("Amazon EKS",), primary_service=" Pinecone ")
    messages = [f.message for f in qualify(RULES, [named]).studies[0].findings]
    assert sum("(Pinecone)" in message for message in messages) == 2
    unnamed = study(services=("Amazon EKS",), primary_service=" ")
    messages = [f.message for f in qualify(RULES, [unnamed]).studies[0].findings]
    assert sum("(none is named)" in message for message in messages) == 2


@pytest.mark.parametrize(
    ("changes", "generative"),
    by_name([
        ("the words show it", {"solution": "A foundation model drafts replies."}, True),
        ("a denial beats them", {"solution": "No generative AI: a foundation model was not used."}, False),
        ("the title counts", {"title": "An LLM for claims", "solution": "It sorts."}, True),
        ("the results count", {"solution": "It sorts.", "results": "The chatbot saved 3 hours."}, True),
        ("words of classic work beat the kind", {"solution": "A churn prediction."}, False),
        ("words that show it beat those of classic work", {"solution": "An LLM explains the churn."}, True),
        ("a challenge does not beat classic work",
         {"solution": "A churn prediction.", "challenge": "They wanted an LLM."}, False),
        ("else the challenge counts",
         {"solution": "It sorts.", "challenge": "They wanted an LLM.", "solution_types": ("other",),
          "services": ("EKS",), "primary_service": "EKS"}, True),
        ("else a generative kind",
         {"solution": "It sorts.", "services": ("EKS",), "primary_service": "EKS"}, True),
        ("else a generative service", {"solution": "It sorts.", "solution_types": ("other",)}, True),
        ("neither",
         {"solution": "It sorts.", "solution_types": ("other",), "services": ("EKS",), "primary_service": "EKS"}, False),
        ("a denial in the challenge does not count",
         {"solution": "It sorts.", "challenge": "There was no generative AI."}, True),
    ]),
)  # fmt: skip
def test_generative_work(changes, generative):
    one = study(**{"title": "T", "results": "It fell by 4%.", "challenge": "Slow.", **changes})
    assert ("not-generative-ai:cs-1" not in reasons(one)) is generative


@pytest.mark.parametrize(
    ("services", "primary", "families", "family"),
    by_name([
        ("one", ("Bedrock",), "Bedrock", ("bedrock",), "bedrock"),
        ("the families in the order listed, once each",
         ("EKS", "Bedrock", "Amazon Bedrock Agents", "S3"), "Bedrock", ("eks", "bedrock"), "bedrock"),
        ("a name of two services counts for both, the first named first",
         ("SageMaker and Bedrock",), "Bedrock", ("sagemaker", "bedrock"), "bedrock"),
        ("led by two: the one that is listed", ("Amazon EKS",), "Bedrock on EKS", ("eks",), "eks"),
        ("led by two that are listed: the first named", ("EKS", "Bedrock"), "Bedrock on EKS", ("eks", "bedrock"), "bedrock"),
        ("led by one that is not listed", ("EKS",), "Bedrock", ("eks",), "bedrock"),
        ("led by none", ("EKS",), "", ("eks",), ""),
        ("a typo of a long name", ("Bedrok",), "Sagemeker", ("bedrock",), "sagemaker"),
        ("a typo beside other words", ("our bedrok account",), "", ("bedrock",), ""),
        ("words of five letters are not corrected", ("bedro",), "", (), ""),
        ("a word that resembles too little", ("bedside",), "", (), ""),
        ("a yielding name counts where no other is named", ("Fargate",), "", ("ecs",), ""),
        ("and yields to others", ("EKS on Fargate",), "", ("eks",), ""),
    ]),
)  # fmt: skip
def test_services(services, primary, families, family):
    [one] = qualify(RULES, [study(services=services, primary_service=primary)]).studies
    assert (one.families, one.family) == (families, family)


@pytest.mark.parametrize(
    ("name", "families"),
    by_name([
        ("a name", "Amazon Bedrock", ("bedrock",)),
        ("two names, the first first", "SageMaker and Bedrock", ("sagemaker", "bedrock")),
        ("one service named twice", "Bedrock Agents on Bedrock", ("bedrock",)),
        ("a typo in a name of seven letters", "Bedrok", ("bedrock",)),
        ("a short name is not corrected", "Titans", ()),
        ("a name that yields", "Fargate", ("ecs",)),
        ("a name that yields to another", "EKS on Fargate", ("eks",)),
        ("another provider's service", "Azure Bedrock", ()),
        ("none", "Amazon S3", ()),
    ]),
)  # fmt: skip
def test_families_of_a_name(name, families):
    assert ServiceMatcher(RULES).find_families(name) == families


def test_services_in_a_text():
    text = "EKS runs SageMaker, beside Fargate and S3."
    assert ServiceMatcher(RULES).mentioned(text) == ("sagemaker", "eks", "ecs")


def test_the_kind_of_a_name():
    kinds = KindMatcher(RULES)
    assert kinds.find_kind("Model monitoring") == "monitoring"
    assert kinds.find_kind(" Digital  Twin ") == "digital twin"
    both = tuple(k.model_copy(update={"aliases": ("copilot",)}) for k in RULES.kinds[:2])
    found = KindMatcher(RULES.model_copy(update={"kinds": both})).find_kind("Copilot")
    assert found == max((k.id for k in both), key=len), "of two at one place, the longer id"
    assert kinds.generative == {k.id for k in RULES.kinds if k.id != "other"}


@pytest.mark.parametrize(
    ("services", "could_lead", "expected", "not_counted"),
    by_name([
        ("a service that it lists", ("Bedrock", "EKS"), ("Amazon EKS",), (("eks", "Amazon EKS"),), 0),
        ("its primary service adds nothing", ("Bedrock",), ("Bedrock",), (), 0),
        ("the first name of a family stays", ("Bedrock", "EKS"), ("EKS", "Amazon EKS"), (("eks", "EKS"),), 0),
        ("one that it does not list", ("Bedrock",), ("EKS",), (), 1),
        ("the same twice is reported once", ("Bedrock",), ("EKS", "EKS"), (), 1),
        ("blanks are ignored", ("Bedrock",), (" ",), (), 0),
        ("a name of two services: the one that is listed", ("Bedrock", "EKS"), ("SageMaker on EKS",), (("eks", "SageMaker on EKS"),), 0),
    ]),
)  # fmt: skip
def test_other_primary_services(services, could_lead, expected, not_counted):
    [one] = qualify(RULES, [study(services=services, could_lead=could_lead)]).studies
    assert one.could_lead == expected
    found = [f for f in one.findings if f.rule.startswith("could-lead-not-counted:")]
    assert len(found) == not_counted
    for finding in found:
        assert finding.rule == "could-lead-not-counted:cs-1:EKS"
        assert finding.outcome is Outcome.ADVICE
        assert "EKS" in finding.message
        assert "EKS" in finding.remediation
        assert finding.subject.place == "could_lead"
        assert finding.subject.file == "case_studies/study-0.yaml"
    assert one.qualified


@pytest.mark.parametrize(
    ("types", "kinds"),
    by_name([
        ("by id", ("llm-application",), ("llm-application",)),
        ("by another name", ("RAG", "Chatbot"), ("llm-application",)),
        ("in the order given, once each", ("monitoring", "LLM app", "Monitoring"), ("monitoring", "llm-application")),
        ("a kind of its own counts as it is written", ("Digital Twin",), ("digital twin",)),
        ("blanks are none", (" ",), ()),
        ("the kind named first", ("training and monitoring",), ("training-deployment",)),
        ("of two at one place, the longer id", ("synthetic data creation",), ("synthetic-data",)),
    ]),
)  # fmt: skip
def test_kinds(types, kinds):
    [one] = qualify(RULES, [study(solution_types=types)]).studies
    assert one.kinds == kinds


# --- repeats ---


def told(challenge, title="Second", customer="Other"):
    return study(1, title=title, customer=customer, challenge=challenge, solution="", results="")


@pytest.mark.parametrize(
    ("first", "second", "repeats"),
    by_name([
        ("the same title and customer", told("a", "T", "C"), told("b", "T", "C"), True),
        ("whatever their case", told("a", "My Title", "Café"), told("b", "my  title", "CAFE"), True),
        ("another title", told("a", "T", "C"), told("b", "U", "C"), False),
        ("another customer", told("a", "T", "C"), told("b", "T", "D"), False),
        ("no names, other words", told(words(9), "", ""), told(words(9, 1), "", ""), False),
        ("only a customer, and no title", told("a", "", "C"), told("b", "", "C"), True),
        ("only a title", told("a", "T", ""), told("b", "T", ""), True),
        ("8 words of the same customer", told(words(8), "T", "C"), told(words(8), "U", "C"), True),
        ("7 words are a stub", told(words(7), "T", "C"), told(words(7), "U", "C"), False),
        ("8 words of another customer", told(words(8), "T", "C"), told(words(8), "U", "D"), False),
        ("8 words, one of them other", told(words(8), "T", "C"), told(words(8, 1), "U", "C"), False),
        ("30 words of another customer", told(words(30), "T", "C"), told(words(30), "U", "D"), True),
        ("29 words of another customer", told(words(29), "T", "C"), told(words(29), "U", "D"), False),
        ("29 words after 40", told(words(40), "T", "C"), told(words(29), "U", "D"), False),
        ("four fifths of the runs of three words: 32 of 40", told(words(42), "T", "C"), told(f"{words(34)} {words(8, 99)}", "U", "D"), True),
        ("31 of 40", told(words(42), "T", "C"), told(f"{words(33)} {words(9, 99)}", "U", "D"), False),
        ("32 of 40 at the end", told(words(42), "T", "C"), told(f"{words(8, 99)} {words(34, 8)}", "U", "D"), True),
        ("of the shorter text", told(words(90), "T", "C"), told(f"{words(34)} {words(8, 99)}", "U", "D"), True),
    ]),
)  # fmt: skip
def test_repeats(first, second, repeats):
    found = qualify(RULES, [first, second]).studies
    assert "duplicate-case-study:cs-1" not in found[0].reasons
    assert ("duplicate-case-study:cs-2" in found[1].reasons) is repeats


def test_all_parts_are_compared():
    text = words(30)
    for part in ("challenge", "solution", "results"):
        changes = dict.fromkeys(("challenge", "solution", "results"), "") | {part: text}
        found = reasons(study(0, **changes), study(1, **changes))
        assert "duplicate-case-study:cs-2" in found


def test_a_repeat_names_the_first_that_it_repeats():
    text = words(30)
    studies = [told(text, "One", "A"), told(text, "", "B"), told(text, "Three", "C")]
    found = qualify(RULES, studies).studies
    of_repeat = [f for s in found for f in s.findings if f.rule.startswith("duplicate-case-study")]
    assert ["“One”" in f.message for f in of_repeat] == [True, True]
    unnamed = qualify(RULES, [told(text, "", "A"), told(text, "U", "B")]).studies[1]
    assert any("“study-1”" in f.message for f in unnamed.findings)


# --- the write-up ---

PARTS = ("challenge", "solution", "results")
FIGURES = "It fell from 9 to 5 minutes in 2 of 3 cases, 12% less than before at Bedrock."


def missing_points(**changes):
    """The points that a write-up lacks, beside those that these changes do not touch."""
    [one] = qualify(RULES, [study(**changes)]).studies
    found = {f.rule.split(":")[1]: f for f in one.findings if f.rule.startswith("write-up:")}
    return found, one


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(
    ("text", "length"),
    by_name([
        ("as many words as needed", words(WORDS), None),
        ("one word less", words(WORDS - 1), f"{WORDS - 1} words"),
        ("one word", "word", "1 word"),
        ("words are parted by any space", " \n\t ".join(words(WORDS).split()), None),
    ]),
)  # fmt: skip
def test_write_up_length(part, text, length):
    found, _ = missing_points(**{part: text})
    assert (f"{part}-told" in found) is (length is not None)
    if length:
        message = found[f"{part}-told"].message
        assert length in message
        assert ("words" in message) is ("words" in length)


def test_the_catalog_asks_for_25_words():
    assert WORDS == 25


def test_a_part_that_is_not_there():
    for part in ("challenge", "solution"):
        message = missing_points(**{part: " "})[0][f"{part}-told"].message
        assert "words" not in message
        assert "0" not in message


@pytest.mark.parametrize(
    ("results", "lacks"),
    by_name([
        ("reached and compared", FIGURES, set()),
        ("no figure", "They are happy.", {"results-in-figures"}),
        ("a figure alone", "It answers 4,200 cases.", {"results-compared"}),
        ("a figure that is announced", "We expect 40% fewer calls.", {"results-in-figures", "results-reached"}),
        ("announced beside one that was reached", f"{FIGURES} We expect 40% fewer calls.", {"results-reached"}),
        ("announced without a figure, beside one that was reached", f"{FIGURES} We expect more.", set()),
        ("announced without any figure", "We expect more.", {"results-in-figures", "results-reached"}),
        ("compared only where it is announced", "It answers 4,200 cases. We expect 40% fewer calls than before.",
         {"results-compared", "results-reached"}),
    ]),
)  # fmt: skip
def test_results(results, lacks):
    found, _ = missing_points(results=results)
    names = {"results-in-figures", "results-compared", "results-reached"}
    assert found.keys() & names == lacks


@pytest.mark.parametrize(
    ("results", "figure"),
    by_name([
        ("a number in brackets", "Calls fell (by 12%).", True),
        ("a number in quotation marks", "Calls fell to “38”, they say.", True),
        ("a day of a month at the end", "It was live on 12 June", False),
        ("a day after its month, in lower case", "It was live on june 12 at last.", False),
        ("a number after a name", "With Sonnet 4 all is well.", False),
        ("a number after the first word", "Only 38 cases were left.", True),
        ("a currency is no name", "It saves USD 5900 there.", True),
    ]),
)  # fmt: skip
def test_figures(results, figure):
    assert ("results-in-figures" not in missing_points(results=results)[0]) is figure


def test_an_announcement_is_quoted_and_a_long_one_is_cut():
    quoted = missing_points(results=f"{FIGURES} We expect 40% fewer  calls.")[0]["results-reached"]
    assert "“We expect 40% fewer calls”" in quoted.message
    long = f"We expect {words(40)} and 40% fewer calls."
    message = missing_points(results=f"{FIGURES} {long}")[0]["results-reached"].message
    quote = message.partition("“")[2].partition("”")[0]
    assert quote.endswith("…")
    assert 100 < len(quote) <= 120


@pytest.mark.parametrize(
    ("changes", "point", "lacking"),
    by_name([
        ("a customer", {"customer": "A"}, "customer-named", False),
        ("a blank customer", {"customer": " "}, "customer-named", True),
        ("a figure in one sentence of the challenge", {"challenge": "It was slow. It took 9 minutes."}, "challenge-in-figures", False),
        ("a challenge without a figure", {"challenge": "It was slow."}, "challenge-in-figures", True),
        ("the solution names its service", {"solution": "Bedrock drafts replies."}, "solution-shows-lead", False),
        ("the solution names another one", {"solution": "SageMaker drafts replies."}, "solution-shows-lead", True),
        ("there is no solution to name it", {"solution": ""}, "solution-shows-lead", False),
        ("nothing leads", {"primary_service": ""}, "solution-shows-lead", False),
        ("a stack", {"tech_stack": ("", "PyTorch")}, "tech-stack-listed", False),
        ("a blank stack", {"tech_stack": (" ",)}, "tech-stack-listed", True),
        ("a kind", {"solution_types": ("", "other")}, "kinds-named", False),
        ("a blank kind", {"solution_types": (" ",)}, "kinds-named", True),
        ("evidence", {"evidence": ("report",)}, "evidence-linked", False),
        ("no evidence", {"evidence": ()}, "evidence-linked", True),
    ]),
)  # fmt: skip
def test_points(changes, point, lacking):
    found, one = missing_points(**changes)
    assert (point in found) is lacking
    assert all(f.subject.file == "case_studies/study-0.yaml" for f in found.values())
    assert one.strength <= len(RULES.write_up.points) - len(found)


WHOLE = {
    "challenge": f"It took 9 minutes. {words(WORDS)}", "solution": f"Bedrock drafts replies. {words(WORDS)}",
    "results": f"{FIGURES} {words(WORDS)}.", "tech_stack": ("PyTorch",), "evidence": ("report",),
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "lost"),
    by_name([
        ("nothing", {}, 0),
        ("a point", {"evidence": ()}, 1),
        ("a part that is not there loses what hangs on it", {"challenge": ""}, 2),
        ("no solution loses its service as well", {"solution": ""}, 2),
        ("no results lose four points", {"results": ""}, 4),
        ("no primary service", {"primary_service": ""}, 1),
    ]),
)  # fmt: skip
def test_strength(changes, lost):
    [one] = qualify(RULES, [study(**{**WHOLE, **changes})]).studies
    assert one.strength == len(RULES.write_up.points) - lost


@pytest.mark.parametrize(
    ("changes", "status", "outcome"),
    by_name([
        ("a required part that is missing", {"tech_stack": ()}, SUBMITTED, Outcome.PARTLY),
        ("of a candidate it is advice", {"tech_stack": ()}, CANDIDATE, Outcome.ADVICE),
        ("a required part that is there, but poor", {"tech_stack": (" ",)}, SUBMITTED, Outcome.ADVICE),
    ]),
)  # fmt: skip
def test_weight_of_a_missing_part(changes, status, outcome):
    studies = [*submitted(*FOUR[1:]), study(0, status=status, **changes)]
    one = next(s for s in qualify_assessment(RULES, studies).studies if s.slug == "study-0")
    [found] = [f for f in one.findings if "tech-stack" in f.rule]
    assert found.outcome is outcome
    assert found.rule == f"write-up:tech-stack-listed:cs-{one.number}"
    assert found.subject.place == "tech_stack"


def test_a_point_names_the_primary_service_as_the_catalog_does():
    found, _ = missing_points(primary_service="Bedrock Agents", services=("Bedrock Agents",))
    assert "Amazon Bedrock" in found["solution-shows-lead"].message
    assert "Amazon Bedrock" in found["solution-shows-lead"].remediation


def test_the_text_of_any_reason_may_name_the_numbers():
    texts = {"message": "{count} of {needed}", "remediation": "{needed}"}
    reasons = tuple(
        r.model_copy(update=texts if r.id == "missing-results" else {}) for r in RULES.reasons
    )
    rules = RULES.model_copy(update={"reasons": reasons})
    found = qualify(rules, [*FOUR[:2], study(3, results="")]).studies[2].findings[0]
    assert (found.message, found.remediation) == ("2 of 4", "4")


def test_a_point_that_is_not_required_is_advice():
    found, _ = missing_points(customer="")
    assert found["customer-named"].outcome is Outcome.ADVICE


# --- submitted studies and candidates ---


def slugs(result):
    return [(s.slug, s.role) for s in result.studies]


def test_submitted_studies_come_first_then_the_partners_order_then_the_slug():
    studies = [
        study(0, slug="d", order=2), study(1, slug="c"), study(2, slug="b", order=1, status=SUBMITTED),
        study(3, slug="a", status=SUBMITTED), study(4, slug="e", customer="E", order=999),
    ]  # fmt: skip
    found = qualify_assessment(RULES, studies)
    assert slugs(found) == [
        ("b", "submitted"), ("a", "submitted"), ("d", "candidate"), ("c", "candidate"), ("e", "candidate"),
    ]  # fmt: skip
    assert [s.number for s in found.studies] == [1, 2, 3, 4, 5]
    assert not found.chosen_by_program


def test_candidates_do_not_count_beside_submitted_studies():
    found = qualify_assessment(RULES, [*submitted(*FOUR[:3]), FOUR[3]])
    assert (found.qualified_count, found.set_qualifies) == (3, False)
    assert found.reasons == ("too-few",)
    assert found.studies[3].qualified


def test_the_defect_of_a_candidate_is_advice_and_no_reason():
    found = qualify_assessment(RULES, [*submitted(*FOUR), study(5, results="")])
    [defect] = [f for f in found.studies[4].findings if f.rule.startswith("missing-results")]
    assert defect.outcome is Outcome.ADVICE
    assert (found.reasons, found.set_qualifies) == ((), True)
    assert found.studies[4].reasons == ("missing-results:cs-5",)


def test_where_none_is_marked_the_best_set_is_taken():
    found = qualify_assessment(RULES, [study(0, results=""), *FOUR[1:], study(4)])
    assert found.chosen_by_program
    assert [(s.slug, s.role, s.taken) for s in found.studies] == [
        ("study-1", "taken", True), ("study-2", "taken", True), ("study-3", "taken", True),
        ("study-4", "taken", True), ("study-0", "candidate", False),
    ]  # fmt: skip
    assert found.set_qualifies
    nothing = qualify_assessment(RULES, [])
    assert (nothing.chosen_by_program, nothing.qualified_count) == (False, 0)


def test_of_two_that_lead_with_one_service_the_stronger_is_taken():
    stronger = study(4, evidence=("report",))
    found = qualify_assessment(RULES, [*FOUR, stronger])
    assert {s.slug for s in found.studies if s.taken} == {
        "study-1",
        "study-2",
        "study-3",
        "study-4",
    }
    assert found.qualified_count == 4


def test_of_two_as_strong_the_one_with_another_customer_is_taken():
    again = study(4, customer="Customer 4")
    studies = [study(0, customer="customer 2", challenge=words(9)), *FOUR[1:], again]
    found = qualify_assessment(RULES, studies)
    assert {s.slug for s in found.studies if s.taken} == {
        "study-1",
        "study-2",
        "study-3",
        "study-4",
    }


def test_more_than_four_submitted_qualify_where_four_of_them_would():
    found = qualify_assessment(RULES, submitted(*FOUR, study(4)))
    assert found.set_qualifies
    assert found.reasons == ("too-many", "duplicate-primary-service:bedrock")
    assert {f.outcome for f in found.findings} == {Outcome.ADVICE}
    twice = submitted(*FOUR[:3], study(4), study(5))
    assert not qualify_assessment(RULES, twice).set_qualifies


def test_a_study_result_repeats_the_study():
    given = study(
        services=("Bedrock", "EKS"),
        could_lead=("EKS",),
        migrated_from="Azure",
        tech_stack=("PyTorch",),
    )
    [one] = qualify(RULES, [given]).studies
    same = ("slug", "title", "customer", "primary_service", "services", "challenge", "solution",
            "results", "migrated_from", "tech_stack")  # fmt: skip
    assert {name: getattr(one, name) for name in same} == {
        name: getattr(given, name) for name in same
    }
    assert (one.number, one.submitted, one.qualified, one.taken) == (1, True, True, False)
    assert one.told == ()
    [telling] = qualify(RULES, [study(solution="Bedrock and SageMaker draft replies.")]).studies
    assert telling.told == ("bedrock", "sagemaker")


def test_a_study_without_a_file_is_named_by_its_number():
    found = qualify(RULES, [study(slug="")]).studies[0].findings
    assert {f.subject.file for f in found} == {"cs-1"}


# --- the least work that makes a set qualify ---

ECS = {"services": ("Amazon ECS",), "primary_service": "Amazon ECS"}
actions = partial(find_least_actions, RULES)


def ids(studies, **more):
    result = qualify_assessment(RULES, studies)
    found = actions(result, CATALOG.days, **more)
    return [(g.id.removeprefix("case-studies/"), g.effort, g.days) for g in found]


S, M, L = Effort.SMALL, Effort.MEDIUM, Effort.LARGE


@pytest.mark.parametrize(
    ("studies", "expected"),
    by_name([
        ("nothing", submitted(*FOUR), []),
        ("results are written down", submitted(*FOUR[:3], study(3, results="")), [("study-3/missing-results", S, 2)]),
        ("two defects of one study",
         submitted(*FOUR[:3], study(3, results="", primary_service="Amazon ECS")),
         [("study-3/primary-not-in-services", S, 2), ("study-3/missing-results", S, 2)]),
        ("a candidate is submitted", [*submitted(*FOUR[:3]), FOUR[3]], [("study-3/submit", S, 2)]),
        ("a candidate takes the place of one that is not to be mended",
         [*submitted(*FOUR[:3], study(3, solution="No generative AI.")), study(4, **ECS)], [("study-4/submit", S, 2)]),
        ("a new study where nothing else is left", submitted(*FOUR[:3]), [("new-amazon-q", L, 20)]),
        ("two new studies", submitted(*FOUR[:2]), [("new-amazon-q", L, 20), ("new-ec2", L, 20)]),
        ("another service that it uses leads it",
         submitted(*FOUR[:3], study(4, services=("Bedrock", "Amazon ECS"))), [("study-4/lead-with-ecs", S, 2)]),
        ("another service that it could lead with leads it: one day",
         submitted(*FOUR[:3], study(4, services=("Bedrock", "Amazon ECS"), could_lead=("Amazon ECS",))),
         [("study-4/lead-with-ecs", S, 1)]),
        ("to lead anew is part of a new primary service",
         submitted(*FOUR[:3], study(3, services=("Amazon ECS",), primary_service="Amazon S3")),
         [("study-3/primary-not-in-services", S, 2), ("study-3/primary-not-aws-native", S, 2)]),
        ("one kind for all", submitted(*(study(n, solution_types=("rag",)) for n in range(4))), [("insufficient-variety", M, 8)]),
        ("a new study shows a kind of its own",
         submitted(*(study(n, solution_types=("rag",)) for n in range(3))), [("new-eks", L, 20)]),
    ]),
)  # fmt: skip
def test_least_work(studies, expected):
    if expected and expected[0][0].startswith("new-"):
        found = ids(studies)
        assert [f[1:] for f in found] == [e[1:] for e in expected]
        assert all(f[0].startswith("new-") for f in found)
    else:
        assert ids(studies) == expected


def all_bedrock(count):
    """Studies that all lead with Amazon Bedrock and use nothing else."""
    return submitted(*(study(4 * n, solution_types=(KINDS[n % 2],)) for n in range(count)))


@pytest.mark.parametrize(
    ("studies", "efforts", "too_many"),
    by_name([
        ("four of one service: three new ones", all_bedrock(4), [L, L, L], False),
        ("five of one service: three new ones, and one has to go", all_bedrock(5), [L, L, L, S], True),
        ("one to mend makes five: one has to go",
         submitted(*FOUR[:3], study(4), study(3, results="")), [S, S], True),
        ("a candidate takes the place of one: still four", [*submitted(*FOUR[:3], study(4)), FOUR[3]], [S], False),
    ]),
)  # fmt: skip
def test_who_submits_too_many_has_to_choose(studies, efforts, too_many):
    result = qualify_assessment(RULES, studies)
    found = actions(result, CATALOG.days)
    assert [g.effort for g in found] == efforts
    assert (found[-1].id == "case-studies/too-many") is too_many
    assert "4" in found[-1].action or not too_many
    advice = recommend(RULES, result, CATALOG.days).change
    assert "case-studies/too-many" not in [g.id for g in advice], "the choice is still open"


def test_of_as_many_actions_the_shorter_are_taken():
    studies = [*submitted(*FOUR[:3]), FOUR[3]]
    assert ids(studies, fewest=True) == [("study-3/submit", S, 2)]


def test_of_as_many_days_the_fewer_actions_are_taken():
    """One swap takes two days, and so would two changes of the primary service."""
    first = study(4, services=("Bedrock", "SageMaker"), could_lead=("SageMaker",))
    second = study(1, services=("SageMaker", "ECS"), could_lead=("ECS",))
    studies = [*submitted(FOUR[0], FOUR[2], second, first), FOUR[3]]
    assert ids(studies) == [("study-3/submit", S, 2)]
    assert [days for *_, days in ids(studies[:4])] == [1, 1]


def test_fewest_actions_may_take_more_days():
    studies = submitted(*FOUR[:3], study(3, results="", primary_service="Amazon ECS"))
    assert [days for *_, days in ids(studies)] == [2, 2]
    assert [days for *_, days in ids(studies, fewest=True)] == [20]


def test_actions_on_studies_say_which_and_why():
    studies = submitted(*FOUR[:3], study(3, results="", title=""))
    result = qualify_assessment(RULES, studies)
    [found] = actions(result, CATALOG.days)
    assert "“study-3”" in found.title
    assert found.action == next(r.remediation for r in RULES.reasons if r.id == "missing-results")
    assert found.artefact == "case_studies/study-3.yaml"
    assert found.because == ("missing-results:cs-4",)
    assert (found.control, found.criterion) == ("", "")


def test_an_action_on_the_set_is_blamed_on_the_set():
    result = qualify_assessment(RULES, submitted(*FOUR[:3]))
    [found] = actions(result, CATALOG.days)
    assert found.because == ("too-few",)
    assert found.artefact
    assert "Amazon " in found.title
    assert "Amazon " in found.action


def test_a_swap_names_both():
    studies = [
        *submitted(*FOUR[:3], study(3, title="", solution="No generative AI.")),
        study(4, title="", **ECS),
    ]
    [found] = actions(qualify_assessment(RULES, studies), CATALOG.days)
    assert "“study-4”" in found.title
    assert found.action.index("“study-4”") < found.action.index("Amazon ECS")
    assert found.action.index("Amazon ECS") < found.action.index("“study-3”")
    assert found.action.endswith("“study-3”.")
    assert found.artefact == "case_studies/study-4.yaml"
    assert found.because == ()


def test_a_swap_names_the_service_as_the_catalog_does():
    candidate = study(4, services=("ECS tasks",), primary_service="ECS tasks")
    [found] = actions(qualify_assessment(RULES, [*submitted(*FOUR[:3]), candidate]), CATALOG.days)
    assert "(Amazon ECS)" in found.action
    stranger = study(4, services=("Amazon ECS", "Pinecone"), primary_service="Pinecone")
    found = actions(qualify_assessment(RULES, [*submitted(*FOUR[:3]), stranger]), CATALOG.days)
    assert [g.id.rpartition("/")[2] for g in found] == ["primary-not-aws-native", "submit"]
    assert "(Pinecone)" in found[1].action


def test_swaps_name_all_that_they_may_take_the_place_of_and_other_actions_none():
    bad = [study(n, solution="No generative AI.") for n in (2, 3)]
    candidates = [
        study(5, **ECS),
        study(6, services=("EC2 P5",), primary_service="EC2 P5", results=""),
    ]
    studies = [*submitted(*FOUR[:2], *bad), *candidates]
    found = {
        g.id.partition("/")[2]: g for g in actions(qualify_assessment(RULES, studies), CATALOG.days)
    }
    assert set(found) == {"study-5/submit", "study-6/submit", "study-6/missing-results"}
    for name in ("study-5/submit", "study-6/submit"):
        assert found[name].action.endswith("in place of “Study 2” or “Study 3”.")
    assert "Study 2" not in found["study-6/missing-results"].action


def test_a_candidate_that_has_to_lead_with_another_service_is_blamed_on_nothing():
    candidate = study(4, services=("Bedrock", "ECS"))
    found = actions(qualify_assessment(RULES, [*submitted(*FOUR[:3]), candidate]), CATALOG.days)
    assert [(g.id.rpartition("/")[2], g.because) for g in found] == [
        ("lead-with-ecs", ()), ("submit", ()),
    ]  # fmt: skip


def test_a_study_that_makes_room_for_another_is_blamed_on_the_set():
    """Only Bedrock is used twice, but the third study has to leave SageMaker to the second."""
    studies = submitted(
        FOUR[0],
        study(4, services=("Bedrock", "SageMaker")),
        study(1, services=("SageMaker", "ECS"), primary_service="SageMaker"),
        FOUR[3],
    )
    result = qualify_assessment(RULES, studies)
    found = {g.id.partition("/")[2]: g.because for g in actions(result, CATALOG.days)}
    cause = ("duplicate-primary-service:bedrock",)
    assert found == {"study-4/lead-with-sagemaker": cause, "study-1/lead-with-ecs": cause}
    assert {f.id for f in result.findings} == set(cause)


def test_a_repeated_service_is_not_blamed_on_the_other_findings_of_the_set():
    """Two studies lead with Bedrock, and all four show the same kind of solution."""
    studies = submitted(
        *(study(n, solution_types=("rag",)) for n in range(3)),
        study(4, services=("Bedrock", "ECS on Fargate"), solution_types=("rag",)),
    )
    result = qualify_assessment(RULES, studies)
    duplicate = "duplicate-primary-service:bedrock"
    assert {f.id for f in result.findings} == {duplicate, "insufficient-variety"}
    found = {g.id.partition("/")[2]: g.because for g in actions(result, CATALOG.days)}
    assert found["study-4/lead-with-ecs"] == (duplicate,)


def test_an_action_leaves_out_what_only_findings_can_fill_in():
    texts = {"remediation": "{needed}{family}{studies}{other}."}
    reasons = tuple(
        r.model_copy(update=texts if r.id == "missing-results" else {}) for r in RULES.reasons
    )
    rules = RULES.model_copy(update={"reasons": reasons})
    result = qualify_assessment(RULES, submitted(*FOUR[:3], study(3, results="")))
    [found] = find_least_actions(rules, result, CATALOG.days)
    assert found.action == "4."


def test_an_action_on_the_variety_is_blamed_on_the_set():
    studies = submitted(*(study(n, solution_types=("rag",)) for n in range(4)))
    [found] = actions(qualify_assessment(RULES, studies), CATALOG.days)
    assert found.because == ("insufficient-variety",)


def test_a_study_led_by_another_service_says_which():
    studies = submitted(*FOUR[:3], study(4, title="", services=("Bedrock", "ECS on Fargate")))
    [found] = actions(qualify_assessment(RULES, studies), CATALOG.days)
    assert found.id == "case-studies/study-4/lead-with-ecs"
    assert "“study-4”" in found.title
    assert "Amazon ECS" in found.title
    assert found.because == ("duplicate-primary-service:bedrock",)
    assert found.artefact == "case_studies/study-4.yaml"
    listed = studies[3].model_copy(update={"could_lead": ("ECS on Fargate",)})
    [stated] = actions(qualify_assessment(RULES, [*studies[:3], listed]), CATALOG.days)
    assert "ECS on Fargate" in stated.title
    assert stated.action != found.action
