"""The chat page in a real browser, on the real server with its real model.

The model is small and says what it likes, so most tests look at what the page does with an answer and not at its words.
Where the words matter, or the server must fail, the browser's own network layer plays an answer in the server's form.
"""

import json
import os
import re
from contextlib import contextmanager

import pytest
from entente_server import MODEL
from playwright.sync_api import Page, expect, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PATIENCE = 60_000  # milliseconds, for anything that must happen

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def browser():
    if not os.path.exists(CHROMIUM):
        pytest.skip(f"there is no {CHROMIUM}; platform/packages names it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser):
    """new_page(…): a browser of its own, as for a person who was never here. Nothing the page does may break its policy
    or throw."""
    contexts, problems = [], []

    def make(**options) -> Page:
        context = browser.new_context(**{"locale": "en-GB", "viewport": {"width": 1200, "height": 800}, **options})
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda m: problems.append(m.text) if "Content Security Policy" in m.text else None)
        return page

    yield make
    for context in contexts:
        context.close()
    assert not problems, problems


@pytest.fixture
def page(new_page, server) -> Page:
    return signed_in(new_page(), server)


def signed_in(page: Page, server) -> Page:
    page.goto(server.link())
    expect(message_box(page)).to_be_visible()
    expect(page.get_by_label("Model", exact=True)).to_have_value(MODEL)
    return page


def message_box(page: Page):
    return page.locator("#message")


def questions(page: Page):
    return page.get_by_role("article", name="You asked")


def answers(page: Page):
    return page.get_by_role("article", name=re.compile(" answered$"))


def ask(page: Page, text: str, wait=True):
    message_box(page).fill(text)
    message_box(page).press("Enter")
    if wait:
        answered(page)


def ask_briefly(page: Page, text: str):
    """The real model, but it need not say all that it would."""
    def shorten(route):
        route.continue_(post_data=json.dumps({**route.request.post_data_json, "max_tokens": 16}))

    page.route("**/v1/chat/completions", shorten)
    ask(page, text)
    page.unroute("**/v1/chat/completions")


def answered(page: Page):
    expect(page.locator("article[aria-busy=true]")).to_have_count(0)
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()


def chunk(text: str) -> str:
    return "data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": text}}], "usage": None}) + "\n\n"


def whole(text: str, tokens=7) -> str:
    usage = json.dumps({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": tokens, "total_tokens": tokens + 1}})
    return chunk(text) + f"data: {usage}\n\ndata: [DONE]\n\n"


@contextmanager
def scripted(page: Page, *bodies: str, status=200, headers: dict | None = None):
    """Answers to the next questions, one after the other; the requests that were made."""
    left, requests = list(bodies), []
    answer_headers = {
        "content-type": "text/event-stream" if status == 200 else "application/json",
        "entente-model": "Tiny", "entente-deployment": "here", "entente-provider": "local", "entente-place": "FR",
        **(headers or {}),
    }

    def play(route):
        requests.append(route.request.post_data_json)
        route.fulfill(status=status, headers=answer_headers, body=left.pop(0))

    page.route("**/v1/chat/completions", play)
    try:
        yield requests
    finally:
        page.unroute("**/v1/chat/completions")


def error_body(code: str, message: str) -> str:
    return json.dumps({"error": {"message": message, "type": "server_error", "param": None, "code": code}})


# Signing in.


def test_a_link_signs_in_once_and_leaves_the_address_bar(new_page, server):
    link = server.link()
    page = new_page()
    page.goto(link)
    expect(message_box(page)).to_be_visible()
    assert page.url == f"{server.url}/"
    cookie = page.context.cookies()[0]
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"

    page.reload()
    expect(message_box(page)).to_be_visible()

    other = new_page()
    other.goto(link)
    expect(other.get_by_role("alert")).to_contain_text("used already or has expired")
    assert "lnk_" not in other.url


def test_a_key_signs_in_and_a_wrong_one_is_told(new_page, server):
    page = new_page()
    page.goto(server.url + "/")
    field = page.get_by_label("Key")
    expect(field).to_be_focused()
    field.fill("ent_wrong")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("not valid")
    field.fill(f" {server.key} ")
    field.press("Enter")
    expect(message_box(page)).to_be_focused()


def test_signing_out_ends_the_session(page, server):
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Key")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Key")).to_be_visible()


def test_a_session_that_ends_meanwhile_leads_to_the_door_and_back_to_the_conversation(page, server):
    ask_briefly(page, "First question")
    cookies = page.context.cookies()
    page.context.clear_cookies()
    ask(page, "Second question", wait=False)
    expect(page.get_by_role("alert")).to_contain_text("Your session has ended")
    page.context.add_cookies(cookies)
    page.reload()
    page.get_by_role("button", name="First question", exact=True).click()
    expect(questions(page)).to_have_count(2)


# Asking the model of this machine.


def test_an_answer_says_who_gave_it_and_where(page):
    ask_briefly(page, "Say hello.")
    answer = answers(page)
    expect(answer).to_have_count(1)
    assert answer.locator(".prose").inner_text().strip()
    line = answer.locator("footer").inner_text().replace("\xa0", " ")
    assert re.search(r"^answered by .+ · this machine · place not stated · \d+ tokens? · [\d.]+ m?s$", line), line
    expect(page.get_by_text("Stays on this machine")).to_be_visible()


def test_an_answer_can_be_checked_where_it_is_read(page):
    ask_briefly(page, "Name a colour.")
    button = answers(page).get_by_role("button", name="Check it")
    button.click()
    said = answers(page).get_by_role("status")
    expect(said).to_contain_text("The receipt holds.")
    expect(said).to_contain_text("The text above is the one the receipt speaks of.")
    expect(said).to_contain_text("No rule of this server concerned it.")
    with page.expect_download() as download:
        said.get_by_role("link", name="Save the receipt").click()
    assert json.loads(download.value.path().read_text())["version"] == 1
    button.click()
    expect(said).to_be_empty()

    # A receipt that was edited on the way.
    def forge(route):
        receipt = route.fetch().json()
        receipt["attempts"][0]["intent"]["record"]["place"] = "DE"
        route.fulfill(json=receipt)

    page.route("**/v1/receipts/*", forge)
    button.click()
    expect(said).to_contain_text("What it says was changed after it was signed.")


def test_a_question_stays_here_when_the_person_says_so(new_page, start_server):
    server = start_server(
        """
[[providers]]
name = "abroad"
kind = "openai-compatible"
endpoint = "http://127.0.0.1:9/v1"
[[deployments]]
name = "far"
provider = "abroad"
model = "m"
[[models]]
name = "assistant"
deployments = ["far"]
""",
        with_model=False,
    )
    page = new_page()
    page.goto(server.link())
    choice = page.get_by_label("Only on this machine")
    expect(page.get_by_text("Goes to abroad")).to_be_visible()
    choice.check()
    expect(page.get_by_text("This model cannot be asked on this machine")).to_be_visible()
    ask(page, "A question")
    expect(page.get_by_role("alert")).to_contain_text("The policy 'only-here' (the work stays on this machine) allows no deployment")
    page.reload()
    expect(choice).to_be_checked()
    choice.uncheck()
    expect(page.get_by_text("Goes to abroad")).to_be_visible()


def test_stop_keeps_what_was_written(page):
    ask(page, "Tell a very long story about the sea, with many chapters.", wait=False)
    expect(page.locator(".prose")).not_to_be_empty()
    expect(message_box(page)).to_be_focused()
    page.keyboard.press("Escape")
    answered(page)
    answer = answers(page)
    expect(answer).to_contain_text("Stopped.")
    kept = answer.locator(".prose").inner_text()
    assert kept.strip()
    page.reload()
    page.get_by_role("navigation").get_by_role("button", name=re.compile("^Tell a very long story")).click()
    expect(answers(page).locator(".prose")).to_have_text(kept, use_inner_text=True)


def test_a_server_stops_when_the_page_does(page, server):
    with page.expect_response("**/v1/chat/completions") as asked:
        ask(page, "Tell a very long story about the sea, with many chapters.", wait=False)
    expect(page.locator(".prose")).not_to_be_empty()
    page.get_by_role("button", name="Stop", exact=True).click()
    answered(page)
    assert server.attempt_of(asked.value.headers["x-request-id"])["kind"] == "cancelled"


def test_a_server_without_models_says_what_to_do(new_page, start_server):
    page = new_page()
    page.goto(start_server(with_model=False).link())
    expect(page.get_by_role("heading", name="No model is installed yet.")).to_be_visible()
    expect(page.get_by_text("entente models pull smollm2:135m")).to_be_visible()
    message_box(page).fill("Hello")
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()


def test_a_base_path_needs_nothing_else(new_page, start_server):
    server = start_server('server.base_path = "/ai/entente"')
    page = signed_in(new_page(), server)
    assert page.url == f"{server.url}/"
    ask_briefly(page, "Say hello.")
    expect(answers(page).locator("footer")).to_contain_text("this machine")

    page.goto(server.url)  # without the slash at its end
    expect(message_box(page)).to_be_visible()
    assert page.url == f"{server.url}/"


# Branches.


def test_another_answer_is_a_branch(page):
    with scripted(page, whole("First."), whole("Second."), whole("Third.")):
        ask(page, "Question")
        for _ in range(2):
            answers(page).get_by_role("button", name="Another answer").click()
            answered(page)
    expect(answers(page)).to_contain_text("Third.")
    expect(answers(page)).to_contain_text("3/3")
    page.get_by_role("button", name="Previous branch").click()
    expect(answers(page)).to_contain_text("Second.")
    page.get_by_role("button", name="Previous branch").click()
    expect(answers(page)).to_contain_text("First.")
    expect(page.get_by_role("button", name="Previous branch")).to_be_disabled()


def test_an_edited_question_is_a_branch_and_only_its_way_is_sent(page):
    with scripted(page, whole("A1"), whole("A2"), whole("A3")) as requests:
        ask(page, "Q1")
        ask(page, "Q2")
        questions(page).nth(1).hover()
        questions(page).nth(1).get_by_role("button", name="Edit").click()
        editor = page.get_by_label("Edit your question")
        expect(editor).to_be_focused()
        editor.fill("Q2 in other words")
        editor.press("Enter")
        answered(page)
    assert [m["content"] for m in requests[2]["messages"]] == ["Q1", "A1", "Q2 in other words"]
    expect(answers(page).nth(1)).to_contain_text("A3")
    questions(page).nth(1).get_by_role("button", name="Previous branch").click()
    expect(questions(page).nth(1)).to_contain_text("Q2")
    expect(answers(page).nth(1)).to_contain_text("A2")


# What can go wrong.


def test_a_refusal_is_one_sentence_and_can_be_tried_again(page):
    with scripted(page, error_body("overloaded", "Full."), status=503, headers={"retry-after": "2"}):
        ask(page, "Question")
    expect(page.get_by_role("alert")).to_contain_text("no room right now")
    expect(page.get_by_role("alert")).to_contain_text("2 s")
    with scripted(page, whole("Here it is.")):
        page.get_by_role("button", name="Try again").click()
        answered(page)
    expect(answers(page)).to_have_count(1)
    expect(answers(page)).to_contain_text("Here it is.")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(answers(page)).not_to_contain_text("1/", use_inner_text=True)  # what failed with nothing to show is no branch


@pytest.mark.parametrize("end, told", [
    ("data: " + error_body("upstream_failed", "The engine stopped.") + "\n\n", "The engine stopped."),
    ("", "The connection ended before the answer was complete."),
])
def test_an_answer_that_breaks_off_says_so_and_keeps_its_beginning(page, end, told):
    with scripted(page, chunk("The beginning of ") + chunk("it") + end):
        ask(page, "Question")
    expect(answers(page)).to_contain_text("The beginning of it")
    expect(page.get_by_role("alert")).to_contain_text(told)
    expect(page.get_by_role("alert")).to_contain_text("kept above")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_a_server_that_is_gone_is_told(page):
    page.route("**/v1/chat/completions", lambda route: route.abort())
    ask(page, "Question")
    expect(page.get_by_role("alert")).to_contain_text("cannot be reached")


# What a model may write.


def test_markdown_and_code(page):
    code = 'def f(x):\n    return "<b>" + x'
    text = f"# Title\n\nSome **bold** words.\n\n```python\n{code}\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    with scripted(page, whole(text)):
        ask(page, "Question")
    answer = answers(page)
    expect(answer.get_by_role("heading", name="Title")).to_be_visible()
    expect(answer.locator("strong")).to_have_text("bold")
    expect(answer.locator("pre .hljs-keyword").first).to_have_text("def")
    expect(answer.get_by_role("cell", name="2")).to_be_visible()
    answer.get_by_role("button", name="Copy", exact=True).click()
    expect(answer.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("() => navigator.clipboard.readText()") == code


def test_nothing_a_model_writes_runs_or_fetches(page):
    text = (
        '<script>document.title = "taken"</script>\n\n<img src="https://evil.example/x.png" onerror="document.title=1">\n\n'
        "![picture](https://evil.example/y.png)\n\n[click](javascript:alert(1)) [data](data:text/html,hi)\n\n"
        '<a href="https://evil.example" onclick="alert(1)" style="position:fixed">raw</a>\n\n<form action="/x"><input></form>'
    )
    fetched = []
    page.on("request", lambda request: fetched.append(request.url))
    with scripted(page, whole(text)):
        ask(page, "Question")
    answer = answers(page)
    expect(answer).to_contain_text("<script>")  # shown as the text it is
    expect(answer.locator("img, script, form, [style], [onclick], [onerror]")).to_have_count(0)
    assert [a.get_attribute("href") for a in answer.locator("a[href]").all()] == ["https://evil.example/y.png"]
    assert page.title() != "taken"
    assert not [url for url in fetched if "evil" in url]


def test_text_from_right_to_left_inside_the_page(page):
    with scripted(page, whole("مرحبا بك.\n\n- أولا\n- ثانيا\n\nAnd English.")):
        ask(page, "ما اسمك؟")
    direction = "element => getComputedStyle(element).direction"
    assert questions(page).locator("p").evaluate(direction) == "rtl"
    paragraphs = answers(page).locator(".prose p")
    assert paragraphs.nth(0).evaluate(direction) == "rtl"
    assert paragraphs.nth(1).evaluate(direction) == "ltr"
    assert answers(page).locator("ul").evaluate(direction) == "rtl"


def test_a_very_long_answer_is_shown_whole(page):
    text = "".join(f"Paragraph {n} of *many*.\n\n" for n in range(2000))
    with scripted(page, "".join(chunk(text[at:at + 40]) for at in range(0, len(text), 40)) + "data: [DONE]\n\n"):
        ask(page, "Question")
    expect(answers(page).locator(".prose p")).to_have_count(2000)
    expect(answers(page).locator("footer")).to_be_in_viewport()


# Conversations of this browser.


def test_conversations_are_kept_renamed_and_deleted(page):
    with scripted(page, whole("One."), whole("Two.")):
        ask(page, "About one thing")
        page.get_by_role("button", name="New chat").first.click()
        expect(message_box(page)).to_be_focused()
        ask(page, "About another")
    page.reload()
    listed = page.get_by_role("navigation").get_by_role("listitem")
    expect(listed).to_have_text(["About another", "About one thing"])

    listed.nth(1).hover()
    page.get_by_role("button", name="Rename “About one thing”").click()
    name = page.get_by_label("New name")
    expect(name).to_be_focused()
    name.fill("Renamed")
    name.press("Enter")
    expect(listed.nth(1)).to_have_text("Renamed")

    listed.nth(0).hover()
    page.get_by_role("button", name="Delete “About another”").click()
    dialog = page.get_by_role("dialog", name="Delete this conversation?")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(listed).to_have_count(2)
    page.get_by_role("button", name="Delete “About another”").click()
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(listed).to_have_text(["Renamed"])

    page.wait_for_timeout(1000)  # a name is written within a second
    page.reload()
    listed.get_by_role("button", name="Renamed", exact=True).click()
    expect(answers(page)).to_contain_text("One.")

    page.get_by_role("button", name="Delete all conversations").click()
    page.get_by_role("button", name="Delete all", exact=True).click()
    expect(listed).to_have_count(0)
    page.reload()
    expect(page.get_by_text("Your conversations will be listed here.")).to_be_visible()


def test_a_closed_page_keeps_what_was_written_so_far(page, server):
    ask(page, "Tell a very long story about the sea, with many chapters.", wait=False)
    expect(page.locator(".prose")).not_to_be_empty()
    page.goto("about:blank")
    page.goto(server.url + "/")
    page.get_by_role("navigation").get_by_role("button", name=re.compile("^Tell a very long story")).click()
    expect(answers(page)).to_contain_text("Stopped.")
    assert answers(page).locator(".prose").inner_text().strip()


# Languages, themes, screens, keyboards.


def test_the_browser_speaks_first_and_a_switch_is_kept(new_page, server):
    page = new_page(locale="fr-CA")
    page.goto(server.link())
    expect(page.get_by_role("heading", name="Que voulez-vous savoir")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "fr"
    page.get_by_label("Langue").select_option("en")
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible()


def test_light_and_dark(new_page, server):
    page = signed_in(new_page(color_scheme="dark"), server)
    ground = "() => getComputedStyle(document.documentElement).backgroundColor"
    dark = page.evaluate(ground)
    page.get_by_label("Appearance").select_option("light")
    light = page.evaluate(ground)
    assert dark != light
    page.reload()
    expect(message_box(page)).to_be_visible()
    assert page.evaluate(ground) == light


def test_a_phone_has_everything_and_nothing_hangs_over(new_page, server):
    page = signed_in(new_page(viewport={"width": 360, "height": 700}, has_touch=True, is_mobile=True), server)
    with scripted(page, whole("```python\n" + "x = 1  # " + "long " * 40 + "\n```\n\n" + "word" * 100)):
        ask(page, "Question " + "w" * 300)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
    expect(page.get_by_role("complementary")).to_be_hidden()
    page.get_by_role("button", name="Show conversations").click()
    expect(page.get_by_role("complementary")).to_be_visible()
    expect(page.get_by_role("complementary").get_by_role("button", name="New chat")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("complementary")).to_be_hidden()


def test_the_keyboard_reaches_everything(page):
    with scripted(page, whole("An answer.")):
        ask(page, "Question")
    skip = page.get_by_role("button", name="Skip to the message box")
    skip.focus()
    reached = []
    for _ in range(40):
        name = page.evaluate("""() => {
            const e = document.activeElement;
            return e === document.body ? '' : e.getAttribute('aria-label') || e.labels?.[0]?.textContent || e.textContent.trim();
        }""")
        if not name:
            break
        reached.append(name)
        page.keyboard.press("Tab")
    assert page.locator("a[href], button, input, select, textarea").first.inner_text() == reached[0]
    for name in ("Hide conversations", "New chat", "Question", "Rename “Question”", "Delete “Question”", "Language", "Appearance",
                 "Sign out", "Model", "Edit", "Copy answer", "Another answer", "Your message"):
        assert name in reached, (name, reached)

    skip.focus()
    page.keyboard.press("Enter")
    expect(message_box(page)).to_be_focused()


def test_a_screen_reader_hears_blocks_and_the_end(page):
    with scripted(page, whole("First **paragraph**.\n\nSecond one.")):
        ask(page, "Question")
    expect(page.get_by_role("log").locator("p")).to_have_text(["First paragraph.", "Second one.", "Answer complete."])
    for role in ("main", "complementary", "navigation"):
        expect(page.get_by_role(role)).to_have_count(1)


# How the files are served.


def test_the_files_of_the_page_are_served_small_and_strict(server):
    index = server.get("/", key=None, headers={"Accept-Encoding": "identity"})
    assert index.status == 200 and index.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in index.headers["content-security-policy"]
    assert index.headers["x-content-type-options"] == "nosniff" and index.headers["referrer-policy"] == "no-referrer"
    assert index.headers["cache-control"] == "no-cache"
    again = server.get("/", key=None, headers={"If-None-Match": index.headers["etag"]})
    assert again.status == 304 and again.text == ""

    script = re.search(r'src="\./(assets/[^"]+\.js)"', index.text).group(1)
    plain = server.get(f"/{script}", key=None)
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["vary"] == "Accept-Encoding" and "content-encoding" not in plain.headers

    missing = server.get("/assets/none.js", key=None)
    assert missing.status == 404 and missing.json["error"]["code"] == "unknown_url"
    wrong = server.ask("POST", "/", {}, key=None)
    assert wrong.status == 405 and wrong.json["error"]["code"] == "method_not_allowed"
