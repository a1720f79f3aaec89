"""The styles of a .docx: everything a document looks like, so that people can change it at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docx.document import Document

FONT = "Calibri"
TEXT_WIDTH_MM = 170
"""Millimetres between the margins of an A4 page."""
TABLE_STYLE = "Record"


@dataclass(frozen=True, slots=True)
class DocxTheme:
    """Hold the colours of a document, each as #rrggbb."""

    ink: str
    muted: str
    line: str
    tint: str
    accent: str
    tones: Mapping[str, tuple[str, str]]
    """Of each tone the colour of its words and of its ground."""
    levels: Sequence[tuple[str, str]]
    """Of each maturity level the colour of its ground and of its words."""


def new_document(look: DocxTheme, language: str) -> Document:
    """Make an empty A4 document with the styles; nothing in it tells of a machine or a person."""
    import docx
    from docx.shared import Mm

    document = docx.Document()
    _remove_template_parts(document)
    _set_language(document, language)
    for style in list(document.styles):
        if style.name not in _KEPT_STYLES:
            style.delete()
    for xml in (
        *_text_styles(look),
        *_table_and_box_styles(look),
        *_character_styles(look),
        _table_style(look),
    ):
        _append_style(document, xml)
    _define_bullets(document)
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(20)
    page.top_margin, page.bottom_margin = Mm(22), Mm(20)
    return document


def _qualified(name: str) -> str:
    from docx.oxml.ns import qn

    return qn(f"w:{name}")


_KEPT_STYLES = ("Default Paragraph Font", "Normal Table", "No List")
_TEMPLATE_PARTS = ("stylesWithEffects", "thumbnail", "extended-properties", "customXml")


def _remove_template_parts(document: Document) -> None:
    """Drop what the template brings along: a thumbnail, the name of a program, old styles."""
    for rels in (document.part.rels, document.part.package.rels):
        for key in [k for k, rel in rels.items() if rel.reltype.endswith(_TEMPLATE_PARTS)]:
            del rels[key]


def _set_language(document: Document, language: str) -> None:
    for lang in document.styles.element.iter(_qualified("lang")):
        lang.set(_qualified("val"), language)
    settings = document.settings.element
    for lang in settings.iter(_qualified("themeFontLang")):
        lang.set(_qualified("val"), language)
    for one in settings.iter(_qualified("compatSetting")):
        if one.get(_qualified("name")) == "compatibilityMode":
            one.set(_qualified("val"), "15")  # else Word opens it in a mode for old documents


def _append_style(document: Document, xml: str) -> None:
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    xml = xml.replace("<w:style ", f"<w:style {nsdecls('w')} ", 1)
    document.styles.element.append(parse_xml(xml))


def _style_id(name: str) -> str:
    return name.replace(" ", "")


_BUILT_IN = frozenset(
    (
        "Normal",
        "Title",
        "Subtitle",
        "Heading 1",
        "Heading 2",
        "Heading 3",
        "List Bullet",
        "Caption",
        "Header",
        "Footer",
        "Strong",
        "Emphasis",
        "Hyperlink",
    )
)


def _style(name: str, based: str, ppr: str | None, rpr: str, *, following: str = "") -> str:
    """Write a style of paragraphs, or of characters where `ppr` is None."""
    kind = "character" if ppr is None else "paragraph"
    own = "" if name in _BUILT_IN else ' w:customStyle="1"'
    default = ' w:default="1"' if name == "Normal" else ""
    parent = f'<w:basedOn w:val="{_style_id(based)}"/>' if based else ""
    after = f'<w:next w:val="{_style_id(following)}"/>' if following else ""
    known = name.lower() if name.startswith(("Heading", "Header", "Footer", "Caption")) else name
    return (
        f'<w:style w:type="{kind}"{own}{default} w:styleId="{_style_id(name)}">'
        f'<w:name w:val="{known}"/>{parent}{after}<w:qFormat/>'
        + ("" if ppr is None else f"<w:pPr>{ppr}</w:pPr>")
        + f"<w:rPr>{rpr}</w:rPr></w:style>"
    )


def _run_properties(size: float, color: str = "", *, bold: bool = False) -> str:
    weight = "<w:b/><w:bCs/>" if bold else ""
    ink = f'<w:color w:val="{color.lstrip("#")}"/>' if color else ""
    half = round(size * 2)
    return f'{weight}{ink}<w:sz w:val="{half}"/><w:szCs w:val="{half}"/>'


def _spacing(before: float, after: float, line: float = 1.12) -> str:
    return (
        f'<w:spacing w:before="{round(before * 20)}" w:after="{round(after * 20)}" '
        f'w:line="{round(line * 240)}" w:lineRule="auto"/>'
    )


def _shading(color: str) -> str:
    return f'<w:shd w:val="clear" w:color="auto" w:fill="{color.lstrip("#")}"/>'


_KEEP_WITH_NEXT = "<w:keepNext/>"


def _paragraph_style(
    name: str, ppr: str, rpr: str = "", based: str = "Normal", then: str = ""
) -> str:
    return _style(name, based, ppr, rpr, following=then)


def _text_styles(look: DocxTheme) -> Iterator[str]:
    fonts = f'<w:rFonts w:ascii="{FONT}" w:hAnsi="{FONT}" w:eastAsia="{FONT}" w:cs="Arial"/>'
    yield _style("Normal", "", _spacing(0, 6), fonts + _run_properties(10.5, look.ink))

    yield _paragraph_style(
        "Title", _spacing(0, 10, 1), _run_properties(26, look.ink, bold=True), then="Normal"
    )
    yield _paragraph_style(
        "Subtitle", _spacing(6, 4), _run_properties(9.5, look.muted, bold=True), then="Normal"
    )
    for level, (size, before) in enumerate(((18, 22), (13, 16), (11.5, 12))):
        yield _paragraph_style(
            f"Heading {level + 1}",
            f'{_KEEP_WITH_NEXT}<w:keepLines/>{_spacing(before, 6, 1)}<w:outlineLvl w:val="{level}"/>',
            _run_properties(size, look.ink, bold=True),
            then="Normal",
        )
    counted = f'<w:numPr><w:numId w:val="{_BULLET_LIST_ID}"/></w:numPr>'
    yield _paragraph_style("List Bullet", f"{counted}{_spacing(0, 3)}<w:contextualSpacing/>")
    yield _paragraph_style(
        "Caption", _KEEP_WITH_NEXT + _spacing(8, 3), _run_properties(9, look.muted)
    )
    yield _paragraph_style("Header", _spacing(0, 0), _run_properties(8.5, look.muted))
    tab = f'<w:tabs><w:tab w:val="right" w:pos="{_millimetres_to_twips(TEXT_WIDTH_MM)}"/></w:tabs>'
    yield _paragraph_style("Footer", tab + _spacing(0, 0), _run_properties(8.5, look.muted))
    yield _paragraph_style("Lead", _spacing(0, 8), _run_properties(11.5))
    yield _paragraph_style("Small print", _spacing(4, 6), _run_properties(9, look.muted))
    place = _millimetres_to_twips(40)
    hanging = f'<w:tabs><w:tab w:val="left" w:pos="{place}"/></w:tabs>{_spacing(0, 2)}'
    yield _paragraph_style("Fact", f'{hanging}<w:ind w:left="{place}" w:hanging="{place}"/>')
    yield _paragraph_style("Narrative", _spacing(0, 7, 1.25))
    yield _paragraph_style("Gap", _spacing(0, 0, 1), _run_properties(4))


def _table_and_box_styles(look: DocxTheme) -> Iterator[str]:
    yield _paragraph_style("Table text", _spacing(2, 2, 1), _run_properties(9))
    yield _paragraph_style("Table text above details", _KEEP_WITH_NEXT, "", "Table text")
    yield _paragraph_style(
        "Table head", _KEEP_WITH_NEXT, _run_properties(9, look.muted, bold=True), "Table text"
    )
    label = _millimetres_to_twips(26)
    detail = (
        f'{_shading(look.tint)}<w:tabs><w:tab w:val="left" w:pos="{label}"/></w:tabs>'
        f"{_spacing(1, 1, 1.05)}"
    )
    hung = f'<w:ind w:left="{label}" w:hanging="{label}"/>'
    yield _paragraph_style("Table detail", detail, _run_properties(8.5), "Table text")
    yield _paragraph_style("Table fact", hung, "", "Table detail")
    for tone, (dark, light) in look.tones.items():
        bar = (
            f'<w:pBdr><w:left w:val="single" w:sz="24" w:space="8" w:color="{dark.lstrip("#")}"/>'
            f'</w:pBdr>{_shading(light)}{_spacing(0, 0)}<w:ind w:left="200" w:right="120"/>'
        )
        yield _paragraph_style(f"Callout {tone}", bar)
        yield _paragraph_style(
            f"Callout {tone} title",
            _KEEP_WITH_NEXT,
            _run_properties(13, dark, bold=True),
            f"Callout {tone}",
            f"Callout {tone}",
        )


_BULLET_LIST_ID = 90
"""The number of our list, above those of the template."""


def _define_bullets(document: Document) -> None:
    """Define the list that the bullet style counts by."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    numbering = document.part.numbering_part.element
    shape = (
        f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{_BULLET_LIST_ID}"><w:multiLevelType '
        'w:val="singleLevel"/><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/>'
        '<w:pStyle w:val="ListBullet"/><w:lvlText w:val="•"/><w:lvlJc w:val="left"/><w:pPr>'
        '<w:ind w:left="340" w:hanging="227"/></w:pPr></w:lvl></w:abstractNum>'
    )
    use = f'<w:num {nsdecls("w")} w:numId="{_BULLET_LIST_ID}"><w:abstractNumId w:val="{_BULLET_LIST_ID}"/></w:num>'
    for old in list(numbering):
        numbering.remove(old)
    numbering.append(parse_xml(shape))
    numbering.append(parse_xml(use))


def _character_styles(look: DocxTheme) -> Iterator[str]:
    def made(name: str, rpr: str) -> str:
        return _style(name, "", None, rpr)

    def inked(color: str) -> str:
        return f'<w:color w:val="{color.lstrip("#")}"/>'

    yield made("Strong", "<w:b/><w:bCs/>")
    yield made("Emphasis", "<w:i/><w:iCs/>")
    consolas = '<w:rFonts w:ascii="Consolas" w:hAnsi="Consolas" w:cs="Consolas"/>'
    yield made("Code", f'{consolas}<w:sz w:val="16"/><w:szCs w:val="16"/>')
    yield made("Muted", inked(look.muted))
    yield made("Hyperlink", inked(look.accent) + '<w:u w:val="single"/>')
    for tone, (dark, light) in look.tones.items():
        yield made(f"Badge {tone}", f"<w:b/><w:bCs/>{inked(dark)}{_shading(light)}")
        yield made(f"Marked {tone}", _shading(light))
        yield made(f"Note {tone}", f'{inked(dark)}<w:sz w:val="16"/><w:szCs w:val="16"/>')
    for number, (fill, ink) in enumerate(look.levels):
        yield made(f"Level {number}", f"<w:b/><w:bCs/>{inked(ink)}{_shading(fill)}")


def _table_style(look: DocxTheme) -> str:
    line, strong = look.line.lstrip("#"), look.muted.lstrip("#")
    rule = '<w:{} w:val="single" w:sz="{}" w:space="0" w:color="{}"/>'
    return (
        f'<w:style w:type="table" w:customStyle="1" w:styleId="{TABLE_STYLE}">'
        f'<w:name w:val="{TABLE_STYLE}"/><w:basedOn w:val="TableNormal"/><w:qFormat/><w:tblPr>'
        f"<w:tblBorders>{rule.format('bottom', 4, line)}{rule.format('insideH', 4, line)}"
        '</w:tblBorders><w:tblCellMar><w:left w:w="70" w:type="dxa"/>'
        '<w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        '<w:tblStylePr w:type="firstRow"><w:tcPr><w:tcBorders>'
        f"{rule.format('bottom', 8, strong)}</w:tcBorders></w:tcPr></w:tblStylePr></w:style>"
    )


def _millimetres_to_twips(millimetres: float) -> int:
    return round(millimetres * 1440 / 25.4)
