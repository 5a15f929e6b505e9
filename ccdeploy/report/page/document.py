"""The page of a plan: each phase with its figures and a table of them, who else calls models, and the findings."""

from __future__ import annotations

from collections.abc import Iterator

from ccdeploy.findings import Finding
from ccdeploy.report import plan_words
from ccdeploy.report.page.budget import budget_figure, patterns
from ccdeploy.report.page.markup import Markup, element, joined
from ccdeploy.report.page.style import style
from ccdeploy.report.page.timeline import timeline_figure
from ccdeploy.report.segments import scale_bytes
from ccdeploy.results import PhasePlan, Plan
from ccdeploy.units import human_bytes

# Nothing may be loaded from anywhere, and nothing may run: what stands in the page is all of it.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def plan_page(plan: Plan) -> str:
    """Return the page of a plan, as one HTML document."""
    whole_bytes = scale_bytes(plan)
    phases = (_phase(phase, plan, whole_bytes, f"p{place}") for place, phase in enumerate(plan.phases))
    body = element("body", element("main", patterns(), _head(plan), *phases, *_callers(plan), *_findings(plan)))
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"{plan.config}: memory"),
        element("style", Markup(style())),
    )
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def _head(plan: Plan) -> Markup:
    what = plan_words.title(plan)
    speed = f"{human_bytes(round(plan.load_bytes_per_s))} of a model are loaded in a second"
    return joined(
        element("h1", f"Memory of {plan.config}"),
        element("p", what),
        element("p", f"Before a deploy, by simulation; {speed}", class_="muted"),
    )


def _phase(phase: PhasePlan, plan: Plan, whole_bytes: int, name: str) -> Markup:
    badge = element("span", phase.verdict, class_=f"badge {phase.verdict}")
    told = (plan_words.together(phase, plan), plan_words.hourly(phase, plan))
    return element(
        "section",
        element("h2", _sentence(plan_words.phase_name(phase)), " ", badge),
        *(element("p", _sentence(text)) for text in told if text),
        *(element("p", text) for text in plan_words.evictions(phase)),
        *(element("p", "Preload: ", element("code", line)) for line in phase.preload),
        *(element("p", f"Missing: {what}", class_="muted") for what in phase.missing),
        budget_figure(phase, plan.memory_bytes, whole_bytes, f"{name}-memory"),
        timeline_figure(phase, f"{name}-hour"),
        _table(phase),
    )


def _table(phase: PhasePlan) -> Markup:
    if not phase.models:
        return Markup()
    caption = f"What the models of {plan_words.phase_name(phase)} take"
    header = element("tr", *(element("th", name, scope="col") for name in plan_words.MODEL_HEADER))
    rows = []
    for first, *rest in map(plan_words.model_row, phase.models):
        rows.append(element("tr", element("th", first, scope="row"), *(element("td", cell) for cell in rest)))
    body = joined(element("caption", caption), element("thead", header), element("tbody", *rows))
    return element("div", element("table", body), class_="scroll", tabindex=0, role="region", aria_label=caption)


def _callers(plan: Plan) -> Iterator[Markup]:
    if plan.callers:
        said = [element("p", plan_words.caller(caller)) for caller in plan.callers]
        yield element("section", element("h2", "Who else calls models"), *said)


def _findings(plan: Plan) -> Iterator[Markup]:
    if plan.findings:
        items = [_finding(finding) for finding in plan.findings]
        yield element("section", element("h2", "Findings"), element("ul", *items, class_="findings"))


def _finding(finding: Finding) -> Markup:
    kind = finding.severity.value
    place = [element("code", finding.where), " "] if finding.where else []
    head = element("div", element("strong", kind), " ", *place, element("code", f"[{finding.code}]"))
    remedy = [element("p", f"→ {finding.hint}")] if finding.hint else []
    return element("li", head, element("p", finding.message), *remedy, class_=kind)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
