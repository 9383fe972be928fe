"""The player of an animation obeys its reader: the chapter's own, and two on one small page."""

import contextlib
import re

import pytest

from emlib.animation import player
from tests.browser.page_checks import OUTSIDE, violations

CHAPTER = "book/gmm/one-dimension.html"
LIMIT = 1_000_000  # bytes, for the whole animation
PICTURE = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
    b"\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\r\xefF\xb8"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Players</title>
<link rel="icon" href="data:,"></head><body><main><h1>Players</h1>{}
<div style="height: 300vh"></div>{}</main></body></html>
"""
PACE = 700  # milliseconds


@contextlib.contextmanager
def opened(browser, url, motion):
    """A page in a window of its own, for a reader who does or does not want motion."""
    context = browser.browser.new_context(reduced_motion=motion)
    page = context.new_page()
    page.outside = []
    page.on(
        "request",
        lambda request: OUTSIDE.match(request.url) and page.outside.append(request.url),
    )
    page.on("pageerror", lambda error: page.outside.append(str(error)))
    try:
        page.goto(url, wait_until="load")
        yield page
        assert page.outside == []
    finally:
        context.close()


@pytest.fixture
def two_players(tmp_path, serve):
    """A page with two players of six frames, of which the second is out of view."""
    captions = [f"frame {number}" for number in range(6)]
    players = [
        player([PICTURE] * 6, captions, alt, seconds=PACE / 1000)._repr_html_()
        for alt in ("The first.", "The second.")
    ]
    (tmp_path / "index.html").write_text(PAGE.format(*players), "utf-8")
    (tmp_path / "none.html").write_text(PAGE.format("", ""), "utf-8")
    return serve(tmp_path) + "index.html"


def shown(root):
    """The number of the one frame that can be seen."""
    visible = root.locator("img").evaluate_all(
        "images => images.flatMap((image, i) => image.checkVisibility() ? [i] : [])"
    )
    assert len(visible) == 1
    return visible[0]


def state(root):
    """The frame's number, the slider's value and the caption, which go together."""
    number = shown(root)
    assert int(root.locator("input").input_value()) == number
    words = root.locator("img").nth(number).get_attribute("data-caption")
    assert root.locator(".em-player-caption").inner_text() == words
    assert root.locator("input").get_attribute("aria-valuetext") == words
    return number


WITHIN = """([number, first, last]) => {
    const images = [...document.querySelectorAll(".em-player")[number].querySelectorAll("img")];
    const at = images.findIndex(image => image.checkVisibility());
    return first <= at && at <= last;
}"""


def wait_for(page, number, first, last=None):
    """Until that player shows a frame from the first to the last; a frame does not stay long."""
    span = [number, first, first if last is None else last]
    page.wait_for_function(WITHIN, arg=span, polling=50, timeout=15_000)


# --- any player ----------------------------------------------------------------------------------


def test_it_rests_under_reduced_motion_and_plays_when_asked(browser, two_players):
    with opened(browser, two_players, "reduce") as page:
        first, second = page.locator(".em-player").all()
        page.wait_for_timeout(4 * PACE)
        assert (state(first), state(second)) == (5, 5)
        button = first.get_by_role("button")
        assert button.inner_text() == "Play"
        button.click()
        assert button.inner_text() == "Pause"
        wait_for(page, 0, 1, 4)
        wait_for(page, 0, 5)
        page.wait_for_timeout(2 * PACE)
        assert (state(first), state(second)) == (5, 5)  # once through, and one alone
        assert button.inner_text() == "Play"


def test_it_stops_at_once_when_asked_and_goes_on_from_there(browser, two_players):
    with opened(browser, two_players, "reduce") as page:
        first = page.locator(".em-player").first
        button = first.get_by_role("button")
        button.click()
        wait_for(page, 0, 1, 4)
        button.click()
        at = state(first)
        assert button.inner_text() == "Play"
        page.wait_for_timeout(3 * PACE)
        assert state(first) == at < 5
        button.click()
        wait_for(page, 0, at + 1, 5)


def test_the_slider_steps_and_the_keyboard_does(browser, two_players):
    with opened(browser, two_players, "reduce") as page:
        first = page.locator(".em-player").first
        slider = first.get_by_role("slider")
        slider.fill("2")
        assert state(first) == 2
        slider.press("ArrowRight")
        assert state(first) == 3
        slider.press("Home")
        assert state(first) == 0
        first.get_by_role("button").focus()
        page.keyboard.press("Space")
        wait_for(page, 0, 1, 4)
        slider.press("End")  # stops it, too
        assert state(first) == 5
        assert first.get_by_role("button").inner_text() == "Play"


def test_it_starts_by_itself_in_view_alone_and_once(browser, two_players):
    with opened(browser, two_players, "no-preference") as page:
        first, second = page.locator(".em-player").all()
        wait_for(page, 0, 1, 4)
        assert state(second) == 5
        wait_for(page, 0, 5)
        second.scroll_into_view_if_needed()
        wait_for(page, 1, 1, 4)
        wait_for(page, 1, 5)
        first.scroll_into_view_if_needed()
        page.wait_for_timeout(3 * PACE)
        assert (state(first), state(second)) == (5, 5)


def test_less_than_half_of_it_in_view_does_not_start_it(browser, tmp_path, serve):
    markup = player(
        [PICTURE] * 6, list("abcdef"), "It.", seconds=PACE / 1000
    )._repr_html_()
    tall = "<style>.em-player { height: 400px; }</style>"
    push = '<div style="height: calc(100vh - 250px)"></div>'
    page_text = PAGE.format(tall + push + markup, "")
    (tmp_path / "index.html").write_text(page_text, "utf-8")
    with opened(browser, serve(tmp_path) + "index.html", "no-preference") as page:
        root = page.locator(".em-player")
        box, height = root.bounding_box(), page.viewport_size["height"]
        assert 0.05 < (height - box["y"]) / box["height"] < 0.45  # some of it, not half
        page.wait_for_timeout(3 * PACE)
        assert state(root) == 5
        page.evaluate("scrollBy(0, 150)")
        wait_for(page, 0, 1, 4)


def test_it_stops_when_the_reader_switches_motion_off(browser, two_players):
    with opened(browser, two_players, "no-preference") as page:
        first = page.locator(".em-player").first
        wait_for(page, 0, 1, 4)
        page.emulate_media(reduced_motion="reduce")
        page.wait_for_timeout(50)
        at = state(first)
        page.wait_for_timeout(3 * PACE)
        assert state(first) == at < 5


def test_it_is_accessible_and_leaves_no_global_name(browser, two_players):
    with opened(browser, two_players, "reduce") as page:
        names = "() => Object.getOwnPropertyNames(window).sort()"
        with_players = page.evaluate(names)
        assert violations(page, "players") == []
        page.goto(two_players.replace("index", "none"))
        assert with_players == page.evaluate(names)


def test_without_a_script_the_last_frame_shows(browser, two_players):
    context = browser.browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(two_players)
        first = page.locator(".em-player").first
        images = first.locator("img").all()
        assert [image.is_visible() for image in images] == [False] * 5 + [True]
        assert not first.locator("button").is_visible()
    finally:
        context.close()


# --- the chapter's -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chapter_url(book, book_url):
    if not (book / CHAPTER).is_file():
        pytest.skip(f"the book has no {CHAPTER}")
    return book_url + CHAPTER


def test_the_chapter_s_animation_is_small_and_obeys(browser, book, chapter_url):
    text = (book / CHAPTER).read_text("utf-8")
    start = text.index('<div class="em-player"')
    animation = text[start : text.index("</script>", start)]
    assert 100_000 < len(animation) < LIMIT
    assert len(re.findall("<img", animation)) > 20

    with opened(browser, chapter_url, "reduce") as page:
        root = page.locator(".em-player")
        root.scroll_into_view_if_needed()
        last = root.locator("img").count() - 1
        page.wait_for_timeout(1000)
        assert state(root) == last  # it does not move on its own
        root.get_by_role("slider").fill("3")
        assert state(root) == 3
        root.get_by_role("button").click()
        wait_for(page, 0, 5, last - 1)
        root.get_by_role("button").click()
        at = state(root)
        page.wait_for_timeout(1500)
        assert state(root) == at < last


def test_the_chapter_s_animation_starts_when_it_comes_into_view(browser, chapter_url):
    with opened(browser, chapter_url, "no-preference") as page:
        root = page.locator(".em-player")
        last = root.locator("img").count() - 1
        page.wait_for_timeout(1500)
        assert state(root) == last
        root.scroll_into_view_if_needed()
        wait_for(page, 0, 1, last - 1)
        page.emulate_media(reduced_motion="reduce")
        page.wait_for_timeout(50)
        at = state(root)
        page.wait_for_timeout(1500)
        assert state(root) == at < last
