"""Define the styles of a .docx; all formatting is in them, so that users can restyle a document.

The styles are built here instead of being kept in a template file: most of them exist once per tone
or level and depend on the brand's colours, and a binary template could not be reviewed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docx.document import Document

FONT = "Calibri"
TEXT_WIDTH_MM = 170
"""The width between the margins of an A4 page."""
TABLE_STYLE = "Record"
_BULLET_LIST_ID = 90
"""The number of our list definition, above those of the template."""
# The styles that python-docx's template must keep: the defaults of the file format.
_KEPT_STYLES = ("Default Paragraph Font", "Normal Table", "No List")
_TEMPLATE_PARTS = ("stylesWithEffects", "thumbnail", "extended-properties", "customXml")
_KEEP_WITH_NEXT = "<w:keepNext/>"
# Word knows these styles by name, translates them, and shows them in its menus.
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


@dataclass(frozen=True, slots=True)
class DocxTheme:
    """The colours of a document as #rrggbb."""

    ink: str
    muted: str
    line: str
    tint: str
    accent: str
    tones: Mapping[str, tuple[str, str]]
    """By tone, the text colour and the background colour."""
    levels: Sequence[tuple[str, str]]
    """By maturity level, the background colour and the text colour."""


def new_document(theme: DocxTheme, language: str) -> Document:
    """Create an empty A4 document with our styles and without traces of the template."""
    import docx
    from docx.shared import Mm

    document = docx.Document()
    _remove_template_parts(document)
    _set_language(document, language)
    for style in list(document.styles):
        if style.name not in _KEPT_STYLES:
            style.delete()
    for xml in (
        *_text_styles(theme),
        *_table_and_box_styles(theme),
        *_character_styles(theme),
        _table_style(theme),
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


def _remove_template_parts(document: Document) -> None:
    """Remove parts of python-docx's template: a thumbnail, the program's name, old styles."""
    for rels in (document.part.rels, document.part.package.rels):
        for key in [k for k, rel in rels.items() if rel.reltype.endswith(_TEMPLATE_PARTS)]:
            del rels[key]


def _set_language(document: Document, language: str) -> None:
    for lang in document.styles.element.iter(_qualified("lang")):
        lang.set(_qualified("val"), language)
    settings = document.settings.element
    for lang in settings.iter(_qualified("themeFontLang")):
        lang.set(_qualified("val"), language)
    for setting in settings.iter(_qualified("compatSetting")):
        if setting.get(_qualified("name")) == "compatibilityMode":
            setting.set(_qualified("val"), "15")  # Word 2013; else Word opens a legacy mode


def _append_style(document: Document, xml: str) -> None:
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    xml = xml.replace("<w:style ", f"<w:style {nsdecls('w')} ", 1)
    document.styles.element.append(parse_xml(xml))


def _style_id(name: str) -> str:
    return name.replace(" ", "")


def _render_style(name: str, parent: str, ppr: str | None, rpr: str, next_style: str = "") -> str:
    """Render a paragraph style, or a character style if `ppr` is None.

    `ppr` and `rpr` are the XML of its paragraph and run properties.
    """
    kind = "character" if ppr is None else "paragraph"
    custom = "" if name in _BUILT_IN else ' w:customStyle="1"'
    default = ' w:default="1"' if name == "Normal" else ""
    based_on = f'<w:basedOn w:val="{_style_id(parent)}"/>' if parent else ""
    following = f'<w:next w:val="{_style_id(next_style)}"/>' if next_style else ""
    # Word spells the names of these built-in styles in lower case.
    spelled = name.lower() if name.startswith(("Heading", "Header", "Footer", "Caption")) else name
    return (
        f'<w:style w:type="{kind}"{custom}{default} w:styleId="{_style_id(name)}">'
        f'<w:name w:val="{spelled}"/>{based_on}{following}<w:qFormat/>'
        + ("" if ppr is None else f"<w:pPr>{ppr}</w:pPr>")
        + f"<w:rPr>{rpr}</w:rPr></w:style>"
    )


def _run_properties(size: float, color: str = "", *, bold: bool = False) -> str:
    """Render size in points, colour and weight; w:szCs and w:bCs are for complex scripts."""
    weight = "<w:b/><w:bCs/>" if bold else ""
    ink = _ink(color) if color else ""
    half_points = round(size * 2)
    return f'{weight}{ink}<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>'


def _ink(color: str) -> str:
    return f'<w:color w:val="{color.lstrip("#")}"/>'


def _spacing(before: float, after: float, line: float = 1.12) -> str:
    """Render the space around a paragraph in points, and its line height as a factor."""
    return (
        f'<w:spacing w:before="{round(before * 20)}" w:after="{round(after * 20)}" '
        f'w:line="{round(line * 240)}" w:lineRule="auto"/>'
    )


def _shading(color: str) -> str:
    return f'<w:shd w:val="clear" w:color="auto" w:fill="{color.lstrip("#")}"/>'


def _paragraph_style(
    name: str, ppr: str, rpr: str = "", parent: str = "Normal", next_style: str = ""
) -> str:
    return _render_style(name, parent, ppr, rpr, next_style)


def _text_styles(theme: DocxTheme) -> Iterator[str]:
    fonts = f'<w:rFonts w:ascii="{FONT}" w:hAnsi="{FONT}" w:eastAsia="{FONT}" w:cs="Arial"/>'
    yield _render_style("Normal", "", _spacing(0, 6), fonts + _run_properties(10.5, theme.ink))

    yield _paragraph_style(
        "Title", _spacing(0, 10, 1), _run_properties(26, theme.ink, bold=True), next_style="Normal"
    )
    yield _paragraph_style(
        "Subtitle",
        _spacing(6, 4),
        _run_properties(9.5, theme.muted, bold=True),
        next_style="Normal",
    )
    for level, (size, before) in enumerate(((18, 22), (13, 16), (11.5, 12))):
        yield _paragraph_style(
            f"Heading {level + 1}",
            f"{_KEEP_WITH_NEXT}<w:keepLines/>{_spacing(before, 6, 1)}"
            f'<w:outlineLvl w:val="{level}"/>',
            _run_properties(size, theme.ink, bold=True),
            next_style="Normal",
        )
    numbering = f'<w:numPr><w:numId w:val="{_BULLET_LIST_ID}"/></w:numPr>'
    yield _paragraph_style("List Bullet", f"{numbering}{_spacing(0, 3)}<w:contextualSpacing/>")
    yield _paragraph_style(
        "Caption", _KEEP_WITH_NEXT + _spacing(8, 3), _run_properties(9, theme.muted)
    )
    yield _paragraph_style("Header", _spacing(0, 0), _run_properties(8.5, theme.muted))
    tab = f'<w:tabs><w:tab w:val="right" w:pos="{_millimetres_to_twips(TEXT_WIDTH_MM)}"/></w:tabs>'
    yield _paragraph_style("Footer", tab + _spacing(0, 0), _run_properties(8.5, theme.muted))
    yield _paragraph_style("Lead", _spacing(0, 8), _run_properties(11.5))
    yield _paragraph_style("Small print", _spacing(4, 6), _run_properties(9, theme.muted))
    indent = _millimetres_to_twips(40)
    tab = f'<w:tabs><w:tab w:val="left" w:pos="{indent}"/></w:tabs>{_spacing(0, 2)}'
    yield _paragraph_style("Fact", f'{tab}<w:ind w:left="{indent}" w:hanging="{indent}"/>')
    yield _paragraph_style("Narrative", _spacing(0, 7, 1.25))
    # The empty line below a table or a box, which have no space of their own.
    yield _paragraph_style("Gap", _spacing(0, 0, 1), _run_properties(4))


def _table_and_box_styles(theme: DocxTheme) -> Iterator[str]:
    yield _paragraph_style("Table text", _spacing(2, 2, 1), _run_properties(9))
    yield _paragraph_style("Table text above details", _KEEP_WITH_NEXT, "", "Table text")
    yield _paragraph_style(
        "Table head", _KEEP_WITH_NEXT, _run_properties(9, theme.muted, bold=True), "Table text"
    )
    indent = _millimetres_to_twips(26)
    detail = (
        f'{_shading(theme.tint)}<w:tabs><w:tab w:val="left" w:pos="{indent}"/></w:tabs>'
        f"{_spacing(1, 1, 1.05)}"
    )
    hanging = f'<w:ind w:left="{indent}" w:hanging="{indent}"/>'
    yield _paragraph_style("Table detail", detail, _run_properties(8.5), "Table text")
    yield _paragraph_style("Table fact", hanging, "", "Table detail")
    for tone, (dark, light) in theme.tones.items():
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


def _define_bullets(document: Document) -> None:
    """Define the list of the bullet style."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    numbering = document.part.numbering_part.element
    definition = (
        f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{_BULLET_LIST_ID}"><w:multiLevelType '
        'w:val="singleLevel"/><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/>'
        '<w:pStyle w:val="ListBullet"/><w:lvlText w:val="•"/><w:lvlJc w:val="left"/><w:pPr>'
        '<w:ind w:left="340" w:hanging="227"/></w:pPr></w:lvl></w:abstractNum>'
    )
    instance = (
        f'<w:num {nsdecls("w")} w:numId="{_BULLET_LIST_ID}">'
        f'<w:abstractNumId w:val="{_BULLET_LIST_ID}"/></w:num>'
    )
    for old in list(numbering):
        numbering.remove(old)
    numbering.append(parse_xml(definition))
    numbering.append(parse_xml(instance))


def _character_styles(theme: DocxTheme) -> Iterator[str]:
    def style(name: str, rpr: str) -> str:
        return _render_style(name, "", None, rpr)

    yield style("Strong", "<w:b/><w:bCs/>")
    yield style("Emphasis", "<w:i/><w:iCs/>")
    consolas = '<w:rFonts w:ascii="Consolas" w:hAnsi="Consolas" w:cs="Consolas"/>'
    yield style("Code", f'{consolas}<w:sz w:val="16"/><w:szCs w:val="16"/>')
    yield style("Muted", _ink(theme.muted))
    yield style("Hyperlink", _ink(theme.accent) + '<w:u w:val="single"/>')
    for tone, (dark, light) in theme.tones.items():
        yield style(f"Badge {tone}", f"<w:b/><w:bCs/>{_ink(dark)}{_shading(light)}")
        yield style(f"Marked {tone}", _shading(light))
        yield style(f"Note {tone}", f'{_ink(dark)}<w:sz w:val="16"/><w:szCs w:val="16"/>')
    for number, (fill, ink) in enumerate(theme.levels):
        yield style(f"Level {number}", f"<w:b/><w:bCs/>{_ink(ink)}{_shading(fill)}")


def _table_style(theme: DocxTheme) -> str:
    line, strong = theme.line.lstrip("#"), theme.muted.lstrip("#")
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
