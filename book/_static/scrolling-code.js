// The theme lets the keyboard reach code that scrolls, but looks only when the page is loaded or
// resized: code in a dropdown has no size then. Look again whenever code gets one.

const reachable = new ResizeObserver((entries) =>
  entries.forEach(({ target }) => {
    const scrolls =
      target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight;
    target.tabIndex = scrolls ? 0 : -1;
  }),
);

window.addEventListener("load", () =>
  document.querySelectorAll(".bd-article pre").forEach((code) => reachable.observe(code)),
);
