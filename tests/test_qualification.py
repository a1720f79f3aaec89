"""The case-study rules: names as people write them, each defect, the set, and the repair."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calib import load_assessment, load_catalog, qualify
from calib.model import CaseStudy, Outcome
from calib.qualification import find_least_actions, qualify_assessment
from calib.resources import resource_path
from calib.store.locate import EXAMPLES

RULES = load_catalog().qualification


def study(**changes):
    base = {
        "title": "Support assistant",
        "customer": "Hansa Freight",
        "challenge": "Agents searched four systems for each answer.",
        "solution": "A retrieval assistant on a foundation model drafts replies.",
        "results": "Handling time fell from 9 to 5 minutes.",
        "services": ("Amazon Bedrock",),
        "primary_service": "Amazon Bedrock",
        "solution_types": ("llm-application",),
    }
    return CaseStudy(**{**base, **changes})


def four():
    leads = ["Amazon Bedrock", "Amazon SageMaker", "Amazon Q Business", "Amazon EKS"]
    kinds = ["llm-application", "training-deployment", "llm-application", "monitoring"]
    return [
        study(title=f"Study {i}", customer=f"Customer {i}", services=(lead,), primary_service=lead,
              solution_types=(kind,))
        for i, (lead, kind) in enumerate(zip(leads, kinds, strict=True))
    ]  # fmt: skip


def reasons(*studies):
    return set(qualify(RULES, studies).reasons)


def test_four_good_ones_qualify():
    result = qualify(RULES, four())
    assert (result.qualified_count, result.set_qualifies, result.reasons) == (4, True, ())


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("Bedrock", "bedrock"), ("amazon bedrock", "bedrock"), ("AWS Bedrock (Claude 3 Sonnet)", "bedrock"),
        ("Agents for Amazon Bedrock", "bedrock"), ("Amazon Bedrock Agents", "bedrock"),
        ("Knowledge Bases for Amazon Bedrock", "bedrock"), ("Bedrock Knowledge Bases", "bedrock"),
        ("Bedrok", "bedrock"), ("AMAZON  BEDROCK", "bedrock"), ("Amazon-Bedrock", "bedrock"),
        ("AWS Sagemaker", "sagemaker"), ("Sage Maker", "sagemaker"), ("SageMaker JumpStart", "sagemaker"),
        ("Amazon SageMaker HyperPod", "sagemaker"), ("HyperPod", "sagemaker"), ("Sagemeker", "sagemaker"),
        ("SageMaker AI", "sagemaker"), ("JumpStart", "sagemaker"),
        ("Q Business", "amazon-q"), ("Amazon Q", "amazon-q"), ("Amazon Q Developer", "amazon-q"),
        ("Amazon Q in QuickSight", "amazon-q"), ("Q in QuickSight", "amazon-q"), ("Q", "amazon-q"),
        ("EC2 P5", "ec2"), ("Amazon EC2", "ec2"), ("p4d.24xlarge", "ec2"), ("EC2 Inf2 instances", "ec2"),
        ("Elastic Compute Cloud", "ec2"), ("Amazon EC2 g5.2xlarge", "ec2"), ("Trn1", "ec2"),
        ("Fargate", "ecs"), ("AWS Fargate tasks", "ecs"), ("ECS on Fargate", "ecs"),
        ("Elastic Container Service", "ecs"), ("EKS", "eks"), ("Amazon Elastic Kubernetes Service", "eks"),
        ("EKS on Fargate", "eks"),
    ],
)  # fmt: skip
def test_messy_names_are_understood(name, family):
    [found] = qualify(RULES, [study(services=(name,), primary_service=name)]).studies
    assert found.family == family
    assert found.qualified


@pytest.mark.parametrize(
    "name",
    ["Amazon S3", "AWS Lambda", "Amazon QuickSight", "Azure OpenAI", "Azure Kubernetes Service",
     "Google Vertex AI", "OpenAI API", "Pinecone", "Alibaba Cloud ECS", "Qdrant", "Snowflake Cortex",
     "Amazon DynamoDB", "Microsoft Copilot", "LangChain", ""],
)  # fmt: skip
def test_other_services_do_not_qualify_a_study(name):
    assert "no-aws-native-service:cs-1" in reasons(study(services=(name,), primary_service=name))


def test_third_parties_may_stand_beside():
    one = study(services=("Pinecone", "Amazon Bedrock", "OpenAI API"))
    assert qualify(RULES, [one]).studies[0].qualified


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"services": ("Amazon S3", "AWS Lambda")}, "no-aws-native-service:cs-1"),
        ({"services": ("Amazon EKS",)}, "primary-not-in-services:cs-1"),
        ({"primary_service": "OpenAI GPT-4", "services": ("Amazon Bedrock", "OpenAI GPT-4")}, "primary-not-aws-native:cs-1"),
        ({"primary_service": "AWS Lambda", "services": ("Amazon Bedrock", "AWS Lambda")}, "primary-not-aws-native:cs-1"),
        ({"results": "   "}, "missing-results:cs-1"),
        ({"title": "Churn", "challenge": "Customers left.", "solution": "An XGBoost churn model.",
          "results": "Churn fell by 3%.", "services": ("Amazon SageMaker",), "primary_service": "Amazon SageMaker",
          "solution_types": ("other",)}, "not-generative-ai:cs-1"),
    ],
)  # fmt: skip
def test_each_defect_is_named(changes, reason):
    result = qualify(RULES, [study(**changes)])
    assert reason in result.reasons
    assert result.qualified_count == 0


def test_a_jumpstart_lead_is_a_sagemaker_lead():
    one = study(services=("SageMaker",), primary_service="SageMaker JumpStart")
    assert qualify(RULES, [one]).studies[0].qualified


def test_a_repeat_is_found_under_another_name():
    words = "The assistant reads shipping papers and drafts an answer with a foundation model. " * 5
    first = study(solution=words)
    second = study(title="Another name", customer="Somebody else", solution=words)
    assert "duplicate-case-study:cs-2" in reasons(first, second)
    assert "duplicate-case-study:cs-1" not in reasons(first, second)


def test_short_write_ups_of_different_customers_are_no_repeats():
    assert not [r for r in reasons(*four()) if r.startswith("duplicate-case-study")]


def test_same_lead_twice_is_named_by_family():
    studies = four()
    studies[3] = study(title="Fourth", customer="Z", services=("Agents for Amazon Bedrock",),
                       primary_service="Agents for Amazon Bedrock", solution_types=("monitoring",))  # fmt: skip
    result = qualify(RULES, studies)
    assert result.reasons == ("duplicate-primary-service:bedrock",)
    assert not result.set_qualifies


def test_variety_counts_kinds_not_studies():
    same = [s.model_copy(update={"solution_types": ("LLM app",)}) for s in four()]
    assert "insufficient-variety" in qualify(RULES, same).reasons


def test_too_few_and_too_many():
    assert "too-few" in reasons(*four()[:3])
    extra = study(title="Fifth", customer="V", services=("Amazon ECS",), primary_service="ECS")
    assert "too-many" in reasons(*four(), extra)


def test_a_defect_that_does_not_block_is_listed():
    broken = study(
        title="Fifth", customer="V", services=("Amazon ECS",), primary_service="ECS", results=""
    )
    result = qualify(RULES, [*four(), broken])
    assert result.set_qualifies
    assert result.reasons == ("missing-results:cs-5",)


@pytest.mark.parametrize(
    "text",
    ["A dashboard; generative AI was not used.", "Not a generative AI system, a rule engine."],
)
def test_a_denial_of_generative_work_counts(text):
    assert "not-generative-ai:cs-1" in reasons(study(solution=text))


@pytest.mark.parametrize(
    ("solution", "generative"),
    [
        ("A churn model with gradient boosting predicts who leaves.", False),
        ("Fraud detection scores each card payment.", False),
        ("Demand forecast per shop and day.", False),
        ("The team was prompt and the customer is happy with the forecast.", False),
        ("A fine-tuned Llama model rewrites the forecast into plain words.", True),
        ("A diffusion model makes pictures of rare defects.", True),
        ("It was delivered in June.", True),  # nothing is said: the kind of solution decides
    ],
)
def test_the_work_decides_whether_it_is_generative(solution, generative):
    one = study(title="T", solution=solution, results="Down by 4%.", services=("SageMaker",),
                primary_service="SageMaker", solution_types=("training and deploying models",), challenge="Slow.")  # fmt: skip
    assert ("not-generative-ai:cs-1" not in reasons(one)) == generative


def test_a_copy_under_another_title_is_a_repeat():
    first = study(solution="A retrieval assistant drafts answers for agents in four systems now.")
    assert "duplicate-case-study:cs-2" in reasons(
        first, first.model_copy(update={"title": "Other"})
    )


# --- the write-up ---

TOLD = {
    "challenge": "Agents searched four systems for each of 300 answers a day, which took 9 minutes each "
    "and was wrong in one case of eight, so that customers called again and again.",
    "solution": "A retrieval assistant on Amazon Bedrock reads the tariff and the shipment, drafts a reply "
    "with its sources, and an agent sends it; guardrails keep prices out of it.",
    "results": "Handling time fell from 9 to 5 minutes over 4,200 cases from March to June 2026, and repeat "
    "calls fell from 12.5% to 7%, as the customer measured.",
    "tech_stack": ("Claude Sonnet 4.5",),
    "evidence": ("acceptance",),
}  # fmt: skip


def lacks(**changes):
    [one] = qualify(RULES, [study(**{**TOLD, **changes})]).studies
    return {f.rule.split(":")[1]: f for f in one.findings if f.rule.startswith("write-up:")}, one


def test_a_whole_write_up_has_every_point():
    found, one = lacks()
    assert not found
    assert one.strength == qualify(RULES, []).points == len(RULES.write_up.points)


@pytest.mark.parametrize(
    ("changes", "point", "message"),
    [
        ({"customer": " "}, "customer-named", "It names no customer."),
        ({"challenge": ""}, "challenge-told", "The challenge is missing."),
        ({"challenge": "It took 9 minutes."}, "challenge-told", "The challenge is only 4 words long."),
        ({"challenge": TOLD["solution"]}, "challenge-in-figures", "The challenge gives no figure."),
        ({"solution": "A Bedrock assistant."}, "solution-told", "The solution is only 3 words long."),
        ({"solution": TOLD["challenge"]}, "solution-shows-lead", "The solution does not mention Amazon Bedrock, its primary service."),
        ({"tech_stack": ("  ",)}, "tech-stack-listed", "The tech stack is not listed."),
        ({"results": "Down 4%."}, "results-told", "The results are only 2 words long."),
        ({"results": "The customer is very happy. " * 6}, "results-in-figures", "The results give no achieved figure."),
        ({"results": "It answers 4,200 cases a month. " * 6}, "results-compared", "The results give figures, but not their earlier values."),
        ({"results": TOLD["results"] + " Costs will be 30% lower."}, "results-reached", "The results announce something that is not achieved yet: “Costs will be 30% lower”."),
        ({"solution_types": ()}, "kinds-named", "It names no kind of solution, so it adds nothing to the variety of the four."),
        ({"evidence": ()}, "evidence-linked", "No evidence is linked."),
    ],
)  # fmt: skip
def test_what_a_write_up_lacks_is_said(changes, point, message):
    found, one = lacks(**changes)
    assert found[point].message == message
    assert found[point].remediation
    assert found[point].subject.place in CaseStudy.model_fields
    assert one.strength < len(RULES.write_up.points)
    assert one.qualified, "nothing of it blocks"


def test_what_one_finding_implies_is_not_said_again():
    found, one = lacks(challenge="", results="")
    assert set(found) == {"challenge-told"}
    assert [f.rule for f in one.findings if not f.rule.startswith("write-up:")] == [
        "missing-results:cs-1"
    ]
    assert one.strength == len(RULES.write_up.points) - 6


@pytest.mark.parametrize(
    "text",
    ["Handling time fell by 12%.", "Costs fell to €4.20 a case.", "USD 5,900 a month were saved.",
     "It went from nine days to two hours.", "Errors were halved.", "The wait fell from 7:40 to 2:10.",
     "Returns declined by a third.", "A 15-minute wait is gone.", "Macro-F1 rose from 0.71 to 0.88.",
     "Of 1,900 staff, 74% use it.", "It saves $190k a year.", "212 drafts were written."],
)  # fmt: skip
def test_figures_are_recognised(text):
    assert "results-in-figures" not in lacks(results=text)[0]


@pytest.mark.parametrize(
    "text",
    ["It went live in March 2026.", "Since 12 June everybody likes it.", "We moved it to Claude Sonnet 4.5.",
     "It uses GPT-4 and Mistral 7B.", "Support is there 24/7.", "Savings of 30% are expected.",
     "We expect 40% fewer calls.", "On June 12 it was praised.", "In phase two it will be 12% faster.",
     "The p4d.24xlarge instances run well."],
)  # fmt: skip
def test_what_is_no_figure_reached_is_told_apart(text):
    assert "results-in-figures" in lacks(results=text)[0]


def test_a_required_part_of_a_submitted_study_weighs_more_than_advice():
    submitted = qualify_assessment(RULES, [study(status="submitted", slug="a")]).studies[0]
    candidate = qualify_assessment(RULES, [study(slug="a", results="")]).studies[0]
    for one, outcome in ((submitted, Outcome.PARTLY), (candidate, Outcome.ADVICE)):
        [found] = [f for f in one.findings if "tech-stack" in f.rule]
        assert found.outcome is outcome


def test_the_strong_example_has_strong_write_ups():
    folder = resource_path("data", "examples", EXAMPLES["strong"])
    found = qualify_assessment(RULES, load_assessment(folder, load_catalog()).case_studies)
    assert all(s.strength == found.points for s in found.studies)


# --- properties ---------------------------------------------------------------

NAMES = ["Bedrock", "SageMaker", "Q Business", "EKS", "ECS", "EC2 P5", "S3", "OpenAI", "Fargate"]
random_study = st.builds(
    lambda title, services, lead, results, kinds, status: study(
        title=title, customer=title, services=tuple(services), primary_service=lead, results=results,
        solution_types=tuple(kinds), status=status, slug=title),
    st.sampled_from([f"s{i}" for i in range(30)]), st.lists(st.sampled_from(NAMES), max_size=3),
    st.sampled_from(NAMES), st.sampled_from(["", "fell by 4%"]),
    st.lists(st.sampled_from(["llm-application", "monitoring", "data-creation"]), max_size=2),
    st.sampled_from(["submitted", "candidate"]),
)  # fmt: skip
some_studies = st.lists(random_study, max_size=7, unique_by=lambda s: s.slug)


def days(effort):
    return {"S": 2, "M": 8, "L": 20}[effort]


@settings(max_examples=60, deadline=None)
@given(some_studies)
def test_adding_the_best_case_study_never_disqualifies(studies):
    """A candidate can only help; and where the program chooses, one more can only help."""
    best = study(title="best", customer="best", slug="best", services=("AWS HealthScribe",),
                 primary_service="AWS HealthScribe", solution_types=("llm-application", "monitoring"))  # fmt: skip
    before, after = (qualify_assessment(RULES, s) for s in (studies, [*studies, best]))
    assert after.set_qualifies >= before.set_qualifies
    assert after.qualified_count >= before.qualified_count
    assert len(find_least_actions(RULES, after, days, fewest=True)) <= len(
        find_least_actions(RULES, before, days, fewest=True)
    )


@settings(max_examples=60, deadline=None)
@given(some_studies)
def test_there_is_work_left_exactly_while_the_set_does_not_qualify(studies):
    result = qualify_assessment(RULES, studies)
    assert bool(find_least_actions(RULES, result, days)) != result.set_qualifies


@settings(max_examples=40, deadline=None)
@given(some_studies)
def test_the_fewest_actions_are_never_more_than_the_cheapest(studies):
    result = qualify_assessment(RULES, studies)
    fewest, cheapest = (
        find_least_actions(RULES, result, days, fewest=True),
        find_least_actions(RULES, result, days),
    )
    assert len(fewest) <= len(cheapest)
    assert sum(g.days for g in cheapest) <= sum(g.days for g in fewest)
