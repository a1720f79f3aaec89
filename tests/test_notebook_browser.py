"""The workbook in real JupyterLab and Voilà, driven by a real Chromium."""

from __future__ import annotations

import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import yaml

from calib.resources import resource_path
from calib.store.locate import EXAMPLES
from tests.conftest import chromium
from tests.jupyter import FORM, free_port, menu, run_all, show, show_app, workbook
from tests.test_forms import poison

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium() is None, reason="no Chromium is installed"),
]
CONTROL = "controls/GENAIPR-001.yaml"
HERE = re.compile(r"^(?:https?|wss?)://127\.0\.0\.1:|^(?:data|blob|about|devtools):")


def copied(folder: Path) -> Path:
    return Path(
        shutil.copytree(resource_path("data", "examples", EXAMPLES["halfway"]), folder / "acme")
    )


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with workbook(copied(tmp_path_factory.mktemp("lab"))) as running:
        yield running


@pytest.fixture(scope="module")
def app(lab):
    """The app on the assessment that JupyterLab has open too."""
    with workbook(lab.folder, "--app", author="Ben") as running:
        yield running


def forgive(notes, request):
    """Forget a request that the page's policy has stopped before it left."""
    if "csp" in str(request.failure).lower() and f"request: {request.url}" in notes:
        notes.remove(f"request: {request.url}")


@pytest.fixture
def new_page(browser):
    """Pages that note what went wrong, what was asked of other machines, and calls of xss()."""
    contexts, notes = [], []

    def opened(width=1440, height=1000, **more):
        context = browser.new_context(viewport={"width": width, "height": height}, **more)
        contexts.append(context)
        context.expose_function("xss", lambda *_: notes.append("xss was called"))
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: notes.append(f"error: {error}"))
        page.on("request", lambda r: HERE.match(r.url) or notes.append(f"request: {r.url}"))
        page.on("requestfailed", lambda r: forgive(notes, r))
        page.on("websocket", lambda r: HERE.match(r.url) or notes.append(f"request: {r.url}"))
        page.on("dialog", lambda d: (
            d.type == "beforeunload" or notes.append(f"dialog: {d.message}"), d.accept(),
        ))  # fmt: skip
        return page

    yield opened
    for context in contexts:
        context.close()
    assert notes == []


def held(book, criterion="methodology"):
    return yaml.safe_load((book.folder / CONTROL).read_text())["criteria"][criterion]


def until(check, seconds=15.0):
    """Wait until something is so; the last look's error says what was not."""
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.03)


def card(page, text="Written methodology"):
    return page.locator(".calib-card", has_text=text).first


def claimed(page, level, text="Written methodology"):
    return card(page, text).locator(".bar-line", has_text=f"claimed {level}")


def choose(page, name, text="Written methodology"):
    card(page, text).get_by_role("radio", name=name).check()


def test_filled_in_restarted_and_reopened_everything_is_there(lab, new_page):
    page = new_page()
    show(page, lab, "21_onboarding")
    choose(page, "1 Claimed")
    claimed(page, 1).wait_for()
    until(lambda: held(lab)["claimed_level"] == 1)
    answer = card(page).get_by_label("Answer")
    answer.fill("Written in a browser: <b>5 phases</b>.")
    page.get_by_text(re.compile(r"Saved \d\d:\d\d")).wait_for()
    until(lambda: held(lab)["answer"] == "Written in a browser: <b>5 phases</b>.")
    # Restarted right after the last key, before the pause that saves.
    card(page).get_by_label("Owner").fill("Last words")
    menu(page, "Kernel", "kernelmenu:restart")
    page.click(".jp-Dialog .jp-mod-accept")
    until(lambda: held(lab).get("owner") == "Last words")
    page.wait_for_timeout(1500)
    show(page, lab, "21_onboarding")
    claimed(page, 1).wait_for()
    assert card(page).get_by_label("Answer").input_value() == held(lab)["answer"]
    assert card(page).get_by_label("Owner").input_value() == "Last words"
    assert card(page).get_by_role("radio", name="1 Claimed").is_checked()


def test_a_point_is_marked_by_one_person_and_confirmed_by_another(lab, new_page):
    page = new_page()
    show(page, lab, "21_onboarding")
    before = (lab.folder / CONTROL).read_bytes()

    def sign(name):
        page.get_by_label("Your name").fill(name)
        page.get_by_label("Your reason").fill("It is told there")
        page.get_by_role("button", name="Save mark").click()

    def marks():
        criteria = yaml.safe_load((lab.folder / CONTROL).read_text())["criteria"]
        return [mark for answer in criteria.values() for mark in answer.get("marks", ())]

    page.get_by_role("button", name="This shows it").first.click()
    page.get_by_label("Sentence").select_option(index=2)
    sign("Ann Ash")
    page.get_by_text("Waiting for a second person").first.wait_for()
    until(lambda: [m["by"] for m in marks()] == ["Ann Ash"])
    page.get_by_role("button", name="Confirm", exact=True).click()
    sign("Ben Bohm")
    page.get_by_text("Confirmed by two people").first.wait_for()
    until(lambda: [m["confirmed_by"] for m in marks()] == ["Ben Bohm"])
    for _ in range(2):
        page.get_by_role("button", name="Undo").click()
        page.get_by_text(re.compile(r"Undone")).wait_for()
        page.wait_for_timeout(300)
    until(lambda: (lab.folder / CONTROL).read_bytes() == before)


def test_undo_takes_back_what_was_typed(lab, new_page):
    page = new_page()
    show(page, lab, "21_onboarding")
    before = (lab.folder / CONTROL).read_bytes()
    mine = card(page, "Data readiness").get_by_label("Owner")
    mine.fill("Somebody")
    until(lambda: (lab.folder / CONTROL).read_bytes() != before)
    page.get_by_role("button", name="Undo").click()
    until(lambda: (lab.folder / CONTROL).read_bytes() == before)
    until(lambda: mine.input_value() == "")
    page.get_by_role("button", name="Redo").click()
    until(lambda: mine.input_value() == "Somebody")


def test_evidence_is_uploaded(lab, new_page, tmp_path):
    page = new_page()
    show(page, lab, "21_onboarding")
    file = tmp_path / "Board minutes.pdf"
    file.write_bytes(os.urandom(11_000_000))  # more than a message of the server's default holds
    with page.expect_file_chooser() as chooser:
        card(page).get_by_role("button", name="Upload a file").click()
    chooser.value.set_files(file)
    card(page).locator(".linked", has_text="Board minutes.pdf").wait_for()
    until(lambda: "board-minutes" in held(lab)["evidence"])
    assert (lab.folder / "evidence" / "Board-minutes.pdf").exists() or list(
        (lab.folder / "evidence").glob("[Bb]oard*")
    )


def test_two_browsers_on_one_assessment(lab, app, new_page):
    ada, ben = new_page(), new_page()
    show(ada, lab, "21_onboarding")
    show_app(ben, app, "21_onboarding")
    # Different fields: both are kept, and each sees the other's.
    text = "Adoption roadmap" if ada.get_by_text("Adoption roadmap").count() else "Data readiness"
    card(ada, text).get_by_label("Owner").fill("From Ada")
    card(ben, text).get_by_label("Reason if not applicable").fill("From Ben")
    until(lambda: "From Ada" in (lab.folder / CONTROL).read_text())
    until(lambda: "From Ben" in (lab.folder / CONTROL).read_text())
    until(lambda: card(ben, text).get_by_label("Owner").input_value() == "From Ada")
    until(
        lambda: card(ada, text).get_by_label("Reason if not applicable").input_value() == "From Ben"
    )
    # The same field at once: nothing is lost, somebody chooses.
    card(ada, text).get_by_label("Answer").press_sequentially("A")
    card(ben, text).get_by_label("Answer").press_sequentially("B")
    where = None

    def quarrel():
        nonlocal where
        where = next((p for p in (ben, ada) if p.get_by_text("Two people changed").count()), None)
        return where is not None

    until(quarrel)
    where.get_by_role("button", name="Use the other version").click()
    until(lambda: where.get_by_text("Two people changed").count() == 0)
    other = ada if where is ben else ben
    mine = card(where, text).get_by_label("Answer")
    until(lambda: card(other, text).get_by_label("Answer").input_value() == mine.input_value())


def test_the_app_shows_forms_without_code_and_without_errors(app, new_page):
    page = new_page()
    for notebook in ("00_start", "10_case_studies", "23_privacy_security", "40_plan"):
        show_app(page, app, notebook)
        assert (
            page.locator(".jp-InputArea-editor, .highlight, [data-mime-type*=stderr]").count() == 0
        )
        assert "open_" not in page.inner_text("body")
        assert "Traceback" not in page.inner_text("body")
    with page.expect_popup() as popup:  # a tab of its own, as in JupyterLab
        page.get_by_role("link", name="GENAIPR-004").first.click()
    popup.value.get_by_role("heading", name="Responsible and Ethical").first.wait_for()


def test_a_link_opens_the_other_notebook_in_jupyterlab(lab, new_page):
    page = new_page()
    show(page, lab, "00_start")
    page.locator(".calib-form .cards").get_by_role("link", name="GENAIPR-002").click()
    page.locator(".lm-TabBar-tabLabel", has_text="22_model_selection").wait_for()
    assert len(page.context.pages) == 1


def test_a_wrong_token_is_refused(lab, app):
    for book in (lab, app):
        base = f"http://127.0.0.1:{book.port}"
        for path in ("/api/contents", "/api/kernels", "/api/status"):
            for token in ("", "?token=wrong"):
                with pytest.raises(urllib.error.HTTPError) as refused:
                    urllib.request.urlopen(f"{base}{path}{token}", timeout=10)
                assert refused.value.code == 403
        for path in ("/lab", "/files/21_onboarding.ipynb", "/voila/render/00_start.ipynb"):
            asked = urllib.request.urlopen(f"{base}{path}?token=wrong", timeout=10)
            assert "/login?next=" in asked.url
        good = urllib.request.urlopen(f"{base}/api/contents?token={book.token}", timeout=10)
        assert good.status == 200


def test_the_token_is_no_argument(lab):
    if not Path("/proc").is_dir():
        pytest.skip("no /proc here")
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            assert lab.token.encode() not in line.read_bytes()
        except OSError:
            continue


def test_a_taken_port_is_said_plainly(lab):
    command = [sys.executable, "-m", "calib", "open", str(lab.folder), "--no-browser", "--port"]
    done = subprocess.run([*command, str(lab.port)], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"port {lab.port} is in use" in done.stderr
    assert "try --port" in done.stderr


def descendants(pid):
    found, parents = [], {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    waiting = [pid]
    while waiting:
        waiting += (children := parents.get(waiting.pop(), []))
        found += children
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "term"])
def test_it_ends_cleanly_and_leaves_nothing(tmp_path, new_page, number):
    with workbook(copied(tmp_path), port=free_port()) as book:
        page = new_page()
        show(page, book, "21_onboarding")
        card(page).get_by_label("Owner").fill("Typed last")
        page.wait_for_timeout(120)
        processes = descendants(book.process.pid)
        assert len(processes) >= 2, "a server and a kernel"
        scratch = list(Path(book.scratch.name).glob("calib-notebooks-*"))
        assert scratch
        book.process.send_signal(number)
        assert book.process.wait(timeout=30) == 0
        until(lambda: not [p for p in processes if Path(f"/proc/{p}").exists()], 5)
        assert "Traceback" not in book.said()
        assert held(book)["owner"] == "Typed last"
        assert not any(path.exists() for path in scratch)
        page.goto("about:blank")


def test_a_closed_terminal_leaves_nothing(tmp_path):
    command = [sys.executable, "-m", "calib", "open", str(copied(tmp_path)), "--no-browser"]
    state = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}
    with subprocess.Popen(
        [*command, "--port", str(free_port())], stderr=subprocess.PIPE, text=True, env=state
    ) as opened:
        while "http://" not in opened.stderr.readline():
            assert opened.poll() is None
        processes = descendants(opened.pid)
        opened.stderr.close()  # nobody reads what it says any more
        opened.send_signal(signal.SIGHUP)
        opened.wait(timeout=30)
    assert processes
    until(lambda: not [p for p in processes if Path(f"/proc/{p}").exists()], 5)


def test_read_only_notebooks_are_no_obstacle(tmp_path):
    from calib.cli.open import copy_notebooks

    desk = copy_notebooks(tmp_path / "desk")
    for path in desk.iterdir():
        assert path.stat().st_mode & 0o200
    assert len(list(desk.iterdir())) == len(list(resource_path("notebooks").glob("*.ipynb")))


def test_hostile_texts_run_nowhere(tmp_path, new_page):
    with workbook(poison(copied(tmp_path))) as book:
        page = new_page()
        pages = ("00_start", "10_case_studies", "21_onboarding", "40_plan")
        for notebook in pages:
            show(page, book, notebook)
            page.evaluate(OPEN_ALL)
            page.wait_for_timeout(300)
            assert page.locator("a[href^='javascript']").count() == 0
            page.keyboard.press("Escape")
            page.keyboard.press("Control+s")
            page.wait_for_timeout(700)
            page.goto(book.at(notebook))  # reopened, before anybody runs it
            page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
            page.wait_for_timeout(700)
        run_all_report(page, book)


OPEN_ALL = """() => {
  document.querySelectorAll(".calib-form .jupyter-widget-Collapse-header").forEach(e => e.click());
  document.querySelectorAll(".calib-form details").forEach(e => { e.open = true; }); }"""


def run_all_report(page, book):
    """The report's notebook, on the same assessment."""
    import json

    base = f"http://127.0.0.1:{book.port}/api/contents/50_readiness_report.ipynb"
    head = {"Authorization": f"token {book.token}", "Content-Type": "application/json"}
    model = json.load(urllib.request.urlopen(urllib.request.Request(base, headers=head)))
    cell = next(c for c in model["content"]["cells"] if c["id"] == "parameters")
    cell["source"] = cell["source"].replace("example:halfway", str(book.folder))
    body = json.dumps({"type": "notebook", "format": "json", "content": model["content"]})
    put = urllib.request.Request(base, body.encode(), head, method="PUT")
    urllib.request.urlopen(put)
    page.goto(book.at("50_readiness_report"))
    page.wait_for_selector(".jp-StatusBar-Widget :text('| Idle')")
    menu(page, "Run", "runmenu:run-all")
    page.wait_for_selector("#case-studies-title", state="attached")
    page.wait_for_timeout(1500)
    page.keyboard.press("Control+s")
    page.wait_for_timeout(700)
    page.goto(book.at("50_readiness_report"))
    page.wait_for_selector("#cover-title", state="attached")
    page.wait_for_timeout(1000)


NAMELESS = """() => [...document.querySelectorAll(".calib-form :is(input, textarea, select, button, a)")]
  .filter(e => e.offsetParent && !(e.labels && [...e.labels].some(l => l.textContent.trim()))
    && !(e.getAttribute("aria-label") || e.textContent.trim() || e.title))
  .map(e => e.outerHTML.slice(0, 160))"""


@pytest.mark.parametrize("notebook", ["00_start", "10_case_studies", "21_onboarding", "40_plan"])
def test_every_field_has_a_name_and_tab_reaches_it(app, new_page, notebook):
    page = new_page()
    show_app(page, app, notebook)
    for header in page.locator(".jupyter-widget-Collapse-header").all():
        header.click()
    page.wait_for_timeout(400)
    assert page.evaluate(NAMELESS) == []
    stuck = page.evaluate("""() => [...document.querySelectorAll(
      ".calib-form :is(input:not([type=file]), textarea, select, button, a[href])")]
      .filter(e => e.offsetParent && (e.tabIndex < 0 || e.disabled)).map(e => e.outerHTML.slice(0, 120))""")
    assert stuck == []
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.textContent") == "Redo"


CONTRAST = """() => {
  const lum = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => { x /= 255;
    return x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4; });
    return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]; };
  const behind = e => { for (; e; e = e.parentElement) { const b = getComputedStyle(e).backgroundColor;
    if (!/, 0\\)$|transparent/.test(b)) return b; } return "rgb(255,255,255)"; };
  return [...document.querySelectorAll(".calib-form *")].filter(e => e.offsetParent
    && e.tagName !== "OPTION" && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())).map(e => {
    const [a, b] = [lum(getComputedStyle(e).color), lum(behind(e))].sort((x, y) => y - x);
    return [(a + .05) / (b + .05), e.outerHTML.slice(0, 120)]; }).filter(([r]) => r < 4.4);
}"""


@pytest.mark.parametrize(
    ("notebook", "theme"),
    [("00_start", "Dark"), ("21_onboarding", "Light"), ("21_onboarding", "Dark")],
)
def test_both_themes_are_readable(lab, new_page, theme, notebook):
    page = new_page()
    page.goto(lab.at(notebook))
    page.wait_for_selector(".jp-StatusBar-Widget :text('| Idle')")
    page.click('.lm-MenuBar-itemLabel:text-is("Settings")')
    page.hover('.lm-Menu-itemLabel:text-is("Theme")')
    page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^JupyterLab {theme}$")).click()
    page.wait_for_function(
        f"document.body.dataset.jpThemeLight === '{str(theme == 'Light').lower()}'"
    )
    run_all(page)
    page.wait_for_timeout(700)
    assert page.evaluate(CONTRAST) == []


@pytest.mark.parametrize("notebook", ["00_start", "10_case_studies", "21_onboarding", "40_plan"])
def test_no_form_scrolls_sideways(app, new_page, notebook):
    page = new_page(1280, 720)
    show_app(page, app, notebook)
    for header in page.locator(".jupyter-widget-Collapse-header").all():
        header.click()
    for width, height in ((1280, 720), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(300)
        wide = page.evaluate("""() => { const f = document.querySelector(".calib-form");
          const edge = f.getBoundingClientRect().right + 1;
          return [...f.querySelectorAll("*")].filter(e => e.offsetParent && e.getBoundingClientRect().right > edge)
            .map(e => e.outerHTML.slice(0, 120)).slice(0, 4); }""")
        assert wide == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_toolbar_stays_in_sight_and_typing_does_not_move_the_page(lab, new_page):
    page = new_page(1280, 800)
    show(page, lab, "21_onboarding")
    page.wait_for_timeout(800)
    field = page.locator(".calib-card").nth(4).get_by_label("Answer")
    field.scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    toolbar, pane = page.locator(FORM), page.locator(".jp-WindowedPanel-outer")
    assert toolbar.bounding_box()["y"] == pytest.approx(pane.bounding_box()["y"], abs=2)
    field.click()
    field.press("End")
    top = field.bounding_box()["y"]
    seen = []
    for letter in " jumps over the lazy dog":
        field.press(letter if letter != " " else "Space")
        seen.append(field.bounding_box()["y"])
    page.wait_for_timeout(900)
    seen.append(field.bounding_box()["y"])
    assert max(abs(y - top) for y in seen) <= 3
    assert toolbar.get_by_text(re.compile(r"Saved \d\d:\d\d")).is_visible()


def test_it_is_quick(lab, app, new_page, capsys):
    page = new_page()
    ran = show(page, lab, "21_onboarding")
    page.wait_for_timeout(1000)
    clicks = []
    choose(page, "0 Absent")
    claimed(page, 0).wait_for()
    for level in (1, 2, 3, 4, 1, 2, 3):
        names = {1: "1 Claimed", 2: "2 Described", 3: "3 Evidenced", 4: "4 Measured"}
        radio = card(page).get_by_role("radio", name=names[level])
        radio.scroll_into_view_if_needed()
        clicks.append(page.evaluate(CLICK, [radio.element_handle(), str(level)]))
        page.wait_for_timeout(250)
    median = statistics.median(clicks)
    with capsys.disabled():
        sys.stdout.write(
            f"\nRun to form {ran:.2f} s; click to panel {median:.0f} ms (median of {len(clicks)})\n"
        )
    assert ran < 4
    assert median < 400


CLICK = """([radio, level]) => new Promise(done => {
  const head = radio.closest(".calib-card").querySelector(".bar-line").closest(".widget-html");
  const began = performance.now();
  new MutationObserver((_, me) => {
    if (head.querySelector(".right .level")?.textContent === level) {
      me.disconnect(); done(performance.now() - began); }
  }).observe(head, {childList: true, subtree: true, characterData: true});
  radio.click();
})"""
