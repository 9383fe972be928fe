"""A player for the book's animations: pictures, one Play button, one slider.

It needs only the standard library, and the page that shows it needs no other files: the pictures,
the style and the script are all in the HTML that a notebook stores or a book prints.
"""

import base64
import html
import io
import math
import re
from numbers import Real

FASTEST = 1 / 3  # seconds a frame; WCAG 2.3.1 allows at most three flashes a second
SIGNATURES = {"image/png": rb"\x89PNG\r\n\x1a\n", "image/webp": rb"RIFF.{4}WEBP"}

STYLE = """
.em-player { max-width: 100%; margin: 0; color: inherit; }
.em-player img { display: block; max-width: 100%; height: auto; margin: 0; }
.em-player img[hidden], .em-player [hidden] { display: none !important; }
.em-player-controls { display: flex; flex-wrap: wrap; align-items: center; gap: 0.4rem 0.8rem;
  margin: 0.4rem 0; }
.em-player button { min-width: 5.5rem; padding: 0.25rem 0.7rem; font: inherit; color: inherit;
  background: transparent; border: 1px solid currentColor; border-radius: 0.25rem;
  cursor: pointer; }
.em-player button:focus-visible, .em-player input:focus-visible {
  outline: 3px solid currentColor; outline-offset: 2px; }
.em-player input { flex: 1 1 10rem; min-width: 0; height: 1.75rem; accent-color: #0072B2; }
.em-player-caption { margin: 0.2rem 0 0; min-height: 1.5em; font-variant-numeric: tabular-nums; }
"""

# Each script starts the players that no other script has started. It defines no global name, so
# that a page can hold any number of players.
SCRIPT = """
(() => {
  const motion = window.matchMedia("(prefers-reduced-motion: reduce)");
  const wake = player => {
    player.dataset.awake = "";
    const frames = [...player.querySelectorAll("img")];
    const [button, slider, caption] = ["button", "input", ".em-player-caption"].map(
      name => player.querySelector(name));
    const last = frames.length - 1;
    let at = last, timer = null;
    const show = number => {
      frames[at].hidden = true;
      frames[number].hidden = false;
      at = number;
      slider.value = at;
      caption.textContent = frames[at].dataset.caption;
      slider.setAttribute("aria-valuetext", frames[at].dataset.caption);
    };
    const stop = () => {
      clearInterval(timer);
      timer = null;
      button.textContent = "Play";
    };
    const play = () => {
      if (at === last) show(0);
      button.textContent = "Pause";
      timer = setInterval(() => {
        show(at + 1);
        if (at === last) stop();
      }, Number(player.dataset.milliseconds));
    };
    /* The player starts by itself once, when half of it is in view, unless the reader has asked for
       less motion or has used a control before. */
    const watch = new IntersectionObserver(entries => {
      if (!entries.some(entry => entry.intersectionRatio >= 0.5)) return;
      watch.disconnect();
      if (!motion.matches && timer === null) play();
    }, { threshold: 0.5 });
    button.addEventListener("click", () => {
      watch.disconnect();
      if (timer === null) play(); else stop();
    });
    slider.addEventListener("input", () => {
      watch.disconnect();
      stop();
      show(Number(slider.value));
    });
    motion.addEventListener("change", () => { if (motion.matches) stop(); });
    player.querySelector(".em-player-controls").hidden = false;
    watch.observe(player);
  };
  document.querySelectorAll(".em-player:not([data-awake])").forEach(wake);
})();
"""


class Player:
    """Pictures that a notebook shows one after the other; made by `player`."""

    def __init__(self, markup, n_frames):
        self._markup, self._n_frames = markup, n_frames

    def __repr__(self):
        return f"<an animation of {self._n_frames} frames; a notebook shows it>"

    def _repr_html_(self):
        return self._markup


def frame(figure, quality=80):
    """A figure as it looks now, for `player`.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Or anything with its ``savefig``.
    quality : int
        Of the WebP picture, 1 to 100.

    Returns
    -------
    bytes
        A WebP picture.

    Raises
    ------
    ValueError
        If `figure` cannot be saved or `quality` is out of range.
    """
    if not hasattr(figure, "savefig"):
        raise ValueError(
            f"figure is a {type(figure).__name__}: pass a Matplotlib figure"
        )
    if not (isinstance(quality, int) and 1 <= quality <= 100):
        raise ValueError(f"quality is {quality!r}: pass a whole number from 1 to 100")
    picture = io.BytesIO()
    figure.savefig(picture, format="webp", pil_kwargs={"quality": quality, "method": 6})
    return picture.getvalue()


def player(frames, captions, alt, seconds=0.7):
    """Show pictures as an animation that the reader controls.

    Parameters
    ----------
    frames : sequence of bytes
        At least two PNG or WebP pictures of the same size, from `frame` for instance.
    captions : sequence of str
        What each frame is, such as "iteration 3 of 20".
    alt : str
        A description of the pictures, for a reader who does not see them.
    seconds : float
        How long a frame stays, at least 1/3.

    Returns
    -------
    Player
        A notebook displays it: the picture, a Play button, a slider and the frame's caption.

    Raises
    ------
    ValueError
        If there are fewer than two frames, a frame is not a picture, a caption or the alternative
        text is missing, or the frames would change faster than three times a second.

    Notes
    -----
    It plays once and stops on the last frame, which is also what a page without JavaScript
    shows. It starts by itself only when it comes into view, and never if the reader's
    system asks for reduced motion. (Matplotlib's own ``HTMLWriter`` fetches its icons from
    another host and ignores that setting.)
    """
    frames, captions = list(frames), list(captions)
    if len(frames) < 2:
        raise ValueError(f"frames has {len(frames)} entries: pass at least two")
    if len(captions) != len(frames):
        raise ValueError(
            f"captions has {len(captions)} entries for {len(frames)} frames: pass one for each"
        )
    for number, words in enumerate(captions):
        _require_words(words, f"captions[{number}]")
    _require_words(alt, "alt")
    is_number = isinstance(seconds, Real) and not isinstance(seconds, bool)
    if not (is_number and FASTEST <= seconds < math.inf):
        raise ValueError(
            f"seconds is {seconds!r}: pass a number of at least 1/3; what changes faster than "
            f"three times a second can harm a reader"
        )
    last = len(frames) - 1
    pictures = []
    for number, (picture, words) in enumerate(zip(frames, captions, strict=True)):
        hidden = "" if number == last else " hidden"
        pictures.append(
            f'<img src="{_address(picture, number)}" alt="{html.escape(f"{alt} ({words})")}" '
            f'data-caption="{html.escape(words)}"{hidden}>'
        )
    final = html.escape(captions[-1])
    controls = (
        '<div class="em-player-controls" hidden><button type="button">Play</button>'
        f'<input type="range" min="0" max="{last}" value="{last}" step="1" '
        f'aria-label="Frame" aria-valuetext="{final}"></div>'
    )
    return Player(
        f"<style>{STYLE}</style>\n"
        '<div class="em-player" role="group" aria-label="Animation" '
        f'data-milliseconds="{round(1000 * seconds)}">\n'
        + "\n".join(pictures)
        + f'\n{controls}\n<p class="em-player-caption">{final}</p>\n</div>\n'
        f"<script>{SCRIPT}</script>",
        len(frames),
    )


def _require_words(value, name):
    if not (isinstance(value, str) and value.strip()):
        raise ValueError(f"{name} is {value!r}: say in words what the picture shows")


def _address(picture, number):
    """The picture as a data URI."""
    if isinstance(picture, bytes):
        for kind, signature in SIGNATURES.items():
            if re.match(signature, picture, re.DOTALL):
                return f"data:{kind};base64,{base64.b64encode(picture).decode()}"
    raise ValueError(
        f"frames[{number}] is not a PNG or WebP picture: pass the bytes that frame(figure) returns"
    )
