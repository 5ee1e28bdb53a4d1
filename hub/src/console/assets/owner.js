// Small helps of the owner's pages; everything works without them.
"use strict";
(() => {
  document.documentElement.classList.add("js");
  // The page follows what changes: the hub says when, and where it cannot, the page asks from time to time.
  const main = document.querySelector("main[data-live]"), root = document.documentElement;
  if (main) {
    const POLL_MS = 30_000, AGAIN_MS = 120_000;
    let tag = main.dataset.tag, polling, fetching = false;
    const refresh = async () => {
      if (fetching || document.hidden) return;
      fetching = true;
      try {
        const answer = await fetch(location.pathname, { cache: "no-store" });
        if (answer.status === 404) return location.reload();
        if (!answer.ok) return;
        const next = new DOMParser().parseFromString(await answer.text(), "text/html"), fresh = next.querySelector("main[data-live]");
        if (!fresh || fresh.dataset.tag === tag) return;
        const opened = [...main.querySelectorAll("details")].map((d) => d.open);
        main.replaceChildren(...document.importNode(fresh, true).childNodes);
        main.querySelectorAll("details").forEach((d, i) => { d.open = opened[i] ?? d.open; });
        const stamp = next.querySelector("header .fresh"), old = document.querySelector("header .fresh");
        if (stamp && old) old.replaceWith(document.importNode(stamp, true));
        tag = main.dataset.tag = fresh.dataset.tag;
        root.dataset.refreshed = tag;
      } catch { /* no network: the next time */ } finally { fetching = false; }
    };
    const poll = () => {
      root.dataset.live = "poll";
      polling ??= setInterval(refresh, POLL_MS);
    };
    const stop = () => { clearInterval(polling); polling = undefined; };
    const listen = () => {
      const source = new EventSource(main.dataset.live);
      source.addEventListener("open", () => { stop(); root.dataset.live = "stream"; });
      source.addEventListener("tag", (e) => { if (e.data !== tag) refresh(); });
      source.addEventListener("ended", () => { source.close(); location.reload(); });
      source.addEventListener("error", () => {
        poll();
        // Refused for now (too many, or the hub restarts): polled until it works again.
        if (source.readyState === EventSource.CLOSED) setTimeout(listen, AGAIN_MS);
      });
    };
    document.addEventListener("visibilitychange", refresh);
    if ("EventSource" in window) listen(); else poll();
  }
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
