// Small helps of the owner's pages; everything works without them.
"use strict";
(() => {
  document.documentElement.classList.add("js");
  // What was typed survives a lost network or a closed browser, on this phone only, until it has been sent.
  for (const form of document.querySelectorAll("form[data-draft]")) {
    const key = "draft-" + form.dataset.draft, text = form.querySelector("textarea");
    try {
      if (text && !text.value) text.value = localStorage.getItem(key) || "";
      text?.addEventListener("input", () => localStorage.setItem(key, text.value));
      form.addEventListener("submit", () => sessionStorage.setItem("sent", key));
    } catch { /* private mode: no draft */ }
  }
  try {
    const sent = sessionStorage.getItem("sent");
    if (sent && !document.querySelector("form[data-draft]")) {
      localStorage.removeItem(sent);
      sessionStorage.removeItem("sent");
    }
  } catch { /* private mode */ }
  for (const form of document.querySelectorAll("form[data-once]")) {
    form.addEventListener("submit", (e) => {
      if (form.dataset.sent) return e.preventDefault();
      form.dataset.sent = "1";
    });
    addEventListener("pageshow", () => delete form.dataset.sent);
  }
  const input = document.querySelector("input[type=file]"), previews = document.querySelector("[data-previews]");
  input?.addEventListener("change", () => {
    previews.replaceChildren(...[...input.files].slice(0, 9).map((file) => {
      // Drawn to a canvas: the content policy allows no picture from a blob address.
      const figure = document.createElement("figure"), canvas = document.createElement("canvas"), p = document.createElement("figcaption");
      canvas.className = "ph";
      [canvas.width, canvas.height] = [320, 240];
      createImageBitmap(file).then((b) => {
        const scale = Math.max(320 / b.width, 240 / b.height);
        canvas.getContext("2d").drawImage(b, 160 - (b.width * scale) / 2, 120 - (b.height * scale) / 2, b.width * scale, b.height * scale);
        b.close();
      }, () => canvas.remove());
      p.className = "s";
      p.textContent = `${(file.size / 1e6).toFixed(1)} MB`;
      figure.append(canvas, p);
      return figure;
    }));
  });
})();
