"""The player's HTML is whole, self-contained and small, and bad input is explained."""

import base64
import io

import matplotlib as mpl
import pytest
from bs4 import BeautifulSoup

from emlib import animation

mpl.use("agg")
import matplotlib.pyplot as plt

PNG = b"\x89PNG\r\n\x1a\n and the rest"
WEBP = b"RIFF\n\x00\x00\x00WEBP and the rest"  # its size may have any bytes, including a newline
WAV = b"RIFF\n\x00\x00\x00WAVE and the rest"
CAPTIONS = ["iteration 0 of 2", "iteration 1 of 2", 'iteration 2 of 2, "done" & <rest>']
ALT = 'A curve that "moves" & rests.'


def html(**options):
    made = animation.player([PNG, WEBP, PNG], CAPTIONS, ALT, **options)
    return made._repr_html_()


def test_a_frame_is_a_small_webp_picture_of_the_figure():
    image = pytest.importorskip("PIL.Image")
    figure, ax = plt.subplots(figsize=(4, 3), dpi=100)
    ax.plot([0, 1], [0, 1])
    fine, coarse = (animation.frame(figure, quality) for quality in (95, 30))
    plt.close(figure)
    assert len(coarse) < len(fine) < 20_000
    picture = image.open(io.BytesIO(fine))
    assert (picture.format, picture.size) == ("WEBP", (400, 300))


def test_every_frame_is_there_and_the_last_one_shows_without_a_script():
    soup = BeautifulSoup(html(), "html.parser")
    frames = soup.select(".em-player img")
    kinds = ["image/png", "image/webp", "image/png"]
    for image, kind, picture in zip(frames, kinds, (PNG, WEBP, PNG), strict=True):
        head, _, data = image["src"].partition(",")
        assert head == f"data:{kind};base64"
        assert base64.b64decode(data) == picture
    assert [image.has_attr("hidden") for image in frames] == [True, True, False]
    assert soup.select_one(".em-player-caption").text == CAPTIONS[-1]
    assert soup.select_one(".em-player-controls").has_attr("hidden")


def test_words_are_kept_and_escaped():
    soup = BeautifulSoup(html(), "html.parser")
    frames = soup.select(".em-player img")
    assert [image["data-caption"] for image in frames] == CAPTIONS
    assert [image["alt"] for image in frames] == [f"{ALT} ({c})" for c in CAPTIONS]
    slider = soup.select_one("input[type=range]")
    assert (slider["min"], slider["max"], slider["value"]) == ("0", "2", "2")
    assert slider["aria-label"]
    assert slider["aria-valuetext"] == CAPTIONS[-1]
    assert soup.select_one("button").text == "Play"


def test_it_asks_nothing_of_another_host_and_marks_no_element_by_id():
    text = html()
    assert "http" not in text
    assert "//" not in text.replace("data:", "")
    assert " id=" not in text
    assert len(text) < 6_000  # everything except the pictures


def test_the_pace_is_the_reader_s():
    soup = BeautifulSoup(html(seconds=0.5), "html.parser")
    assert soup.select_one(".em-player")["data-milliseconds"] == "500"


def test_its_text_says_what_it_is():
    made = animation.player([PNG, PNG], CAPTIONS[:2], ALT)
    assert repr(made) == "<an animation of 2 frames; a notebook shows it>"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: animation.player([PNG], ["one"], ALT), "frames has 1 entries"),
        (lambda: animation.player([PNG, PNG], ["one"], ALT), "captions has 1 entries"),
        (lambda: animation.player([PNG, PNG], ["a", " "], ALT), r"captions\[1\] is"),
        (lambda: animation.player([PNG, PNG], ["a", 2], ALT), r"captions\[1\] is 2"),
        (lambda: animation.player([PNG, PNG], ["a", "b"], ""), "alt is ''"),
        (lambda: animation.player([PNG, b"GIF8"], ["a", "b"], ALT), r"frames\[1\] is"),
        (lambda: animation.player([PNG, WAV], ["a", "b"], ALT), r"frames\[1\] is no"),
        (lambda: animation.player([PNG, "x"], ["a", "b"], ALT), r"frames\[1\] is no"),
        (lambda: animation.player([PNG, None], ["a", "b"], ALT), r"frames\[1\] is no"),
        (lambda: html(seconds=0.1), "seconds is 0.1"),
        (lambda: html(seconds=float("nan")), "seconds is nan"),
        (lambda: html(seconds=float("inf")), "seconds is inf"),
        (lambda: html(seconds=True), "seconds is True"),
        (lambda: html(seconds="1"), "seconds is '1'"),
        (lambda: animation.frame("figure"), "figure is a str"),
        (lambda: animation.frame(plt.Figure(), 0), "quality is 0"),
        (lambda: animation.frame(plt.Figure(), 101), "quality is 101"),
        (lambda: animation.frame(plt.Figure(), 80.0), "quality is 80.0"),
    ],
)
def test_bad_input_is_explained(call, message):
    with pytest.raises(ValueError, match=message):
        call()
