// MathJax does not break a formula inside a sentence. One that is wider than its paragraph, as on
// a phone, gets a line of its own that scrolls (see .wide-formula in book.css).

function fit(formula) {
  const box = formula.parentElement;
  const paragraph = box.closest("p, li, dd, td, th, figcaption, div");
  box.classList.toggle("wide-formula", formula.scrollWidth > paragraph.clientWidth);
}

window.addEventListener("load", async () => {
  if (!window.MathJax?.startup) return;
  await window.MathJax.startup.promise;
  const formulae = document.querySelectorAll("mjx-container:not([display]) > mjx-math");
  // A formula in a closed dropdown has no size until it is opened.
  const opened = new ResizeObserver((entries) => entries.forEach(({ target }) => fit(target)));
  formulae.forEach((formula) => opened.observe(formula));
  window.addEventListener("resize", () => formulae.forEach(fit));
});
