// Keys and small helps of the console. Every act also has a link or button: without this file all still works.
"use strict";
(() => {
  const $ = (q, root = document) => root.querySelector(q);
  const $$ = (q, root = document) => [...root.querySelectorAll(q)];
  const typing = (e) => e.target.closest?.("input:not([type=checkbox]):not([type=radio]),textarea,select,[contenteditable]");
  const singleKeys = () => localStorage.getItem("single-keys") !== "off";
  let prefix = 0; // when G was pressed

  const rows = () => $$("[data-row]").map((r) => (r.matches("a") ? r : $("[data-open]", r))).filter(Boolean);
  const step = (by) => {
    const all = rows();
    if (!all.length) return;
    const here = all.indexOf(document.activeElement);
    const next = all[Math.min(all.length - 1, Math.max(0, here < 0 ? 0 : here + by))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };

  // The board: one stop for Tab, arrows inside. Rows and columns come from the table itself.
  const cells = () => $$("[data-cell]");
  const rove = (to) => {
    for (const c of cells()) c.tabIndex = -1;
    if (to) to.tabIndex = 0;
  };
  const neighbour = (cell, dx, dy) => {
    const tables = $$("[data-grid]");
    const td = cell.closest("td"), tr = td.parentElement;
    if (dy) {
      for (let r = dy > 0 ? tr.nextElementSibling : tr.previousElementSibling; r; r = dy > 0 ? r.nextElementSibling : r.previousElementSibling) {
        const hit = r.cells[td.cellIndex] && $("[data-cell]", r.cells[td.cellIndex]);
        if (hit) return hit;
      }
      return null;
    }
    const line = $$("[data-cell]", tr), at = line.indexOf(cell) + dx;
    if (line[at]) return line[at];
    // Past the edge: the same floor of the next building.
    const table = tables[tables.indexOf(tr.closest("table")) + dx];
    if (!table) return null;
    const label = $("th", tr).textContent;
    const row = $$("tbody tr", table).find((r) => $("th", r).textContent === label);
    const there = row ? $$("[data-cell]", row) : [];
    return there[dx > 0 ? 0 : there.length - 1] || null;
  };
  const choose = () => {
    const id = new URLSearchParams(location.search).get("unit");
    for (const c of cells()) c.toggleAttribute("aria-current", false);
    const now = id && cells().find((c) => c.dataset.cell === id);
    if (now) now.setAttribute("aria-current", "true");
    rove(now || cells()[0]);
  };
  if (cells().length) choose();

  const go = (q) => { const a = $(q); if (a) a.click(); return !!a; };

  document.addEventListener("keydown", (e) => {
    if (e.isComposing || e.altKey) return;
    if ((e.ctrlKey || e.metaKey) && e.key === "Enter" && e.target.form?.matches("[data-settle]")) return e.target.form.requestSubmit();
    if (e.ctrlKey || e.metaKey) return;
    if (e.key === "Escape") {
      if ($("dialog[open]")) return; // closes by itself
      if (typing(e)) return e.target.blur();
      const open = $("details.who[open]");
      if (open) return void (open.open = false);
      return void go("[data-esc]");
    }
    if (typing(e) || $("dialog[open]") || !singleKeys()) return;
    const cell = document.activeElement?.closest?.("[data-cell]");
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
    if (cell && arrows) {
      const next = neighbour(cell, ...arrows);
      if (next) { rove(next); next.focus(); }
      return e.preventDefault();
    }
    if (cell && e.key === "Enter" && cell.hasAttribute("aria-current")) {
      e.preventDefault();
      return void location.assign(cell.dataset.timeline);
    }
    const key = e.key.toLowerCase();
    if (prefix && Date.now() - prefix < 1500) {
      prefix = 0;
      const a = $(`[data-go="${CSS.escape(key.toUpperCase())}"]`);
      if (a) { e.preventDefault(); a.click(); }
      return;
    }
    const act = {
      g: () => { prefix = Date.now(); },
      "/": () => $("#search")?.select() ?? $("#search")?.focus(),
      "?": () => $("#keys").showModal(),
      j: () => step(1),
      k: () => step(-1),
      o: () => go("[data-timeline-button]"),
      "[": () => go("[data-prev]"),
      "]": () => go("[data-next]"),
      "!": () => {
        const late = $$("[data-cell].over"), at = late.indexOf(document.activeElement);
        const next = late[(at + 1) % late.length];
        if (next) { rove(next); next.focus(); }
      },
    }[key];
    const value = /^[1-3]$/.test(key) && $(`[data-value="${key}"]`);
    const named = !act && !value && /^[a-z]$/.test(key) && $(`[data-key="${key}"]`);
    if (!act && !value && !named) return;
    e.preventDefault();
    if (act) act();
    else if (value) { value.checked = true; value.focus(); }
    else named.click();
  });

  const on = $("#keys-on");
  if (on) {
    on.checked = singleKeys();
    on.addEventListener("change", () => localStorage.setItem("single-keys", on.checked ? "on" : "off"));
  }

  document.addEventListener("click", (e) => {
    const row = e.target.closest("tr[data-row]");
    if (row && !e.target.closest("a,button,input,label")) return $("[data-open]", row)?.click();
    const view = e.target.closest("[data-view]");
    if (view && !e.ctrlKey && !e.metaKey && e.button === 0) {
      e.preventDefault();
      const d = $("#viewer"), img = $("img", d), figure = view.closest("figure");
      img.src = view.href;
      img.alt = $("img", view).alt;
      $("p", d).textContent = $("figcaption", figure).textContent.trim().replace(/\s+/g, " ");
      $("a", d).href = view.dataset.original;
      d.showModal();
    }
    const who = $("details.who[open]");
    if (who && !e.target.closest("details.who")) who.open = false;
  });

  // The other value is chosen by writing it.
  document.addEventListener("input", (e) => {
    if (e.target.matches("[data-other]")) { const radio = $("input[value=other]", e.target.form); if (radio) radio.checked = true; }
  });

  // Nothing is sent twice by a double press; the hub refuses a second one anyway.
  document.addEventListener("submit", (e) => {
    if (e.target.method !== "post") return;
    if (e.target.dataset.sent) return e.preventDefault();
    e.target.dataset.sent = "1";
    addEventListener("pageshow", () => delete e.target.dataset.sent, { once: true });
  });

  const lost = () => {
    const f = $("#fresh");
    if (!f || f.classList.contains("lost")) return;
    f.classList.add("lost");
    f.children[1].textContent = f.dataset.lost + " " + f.children[1].textContent.match(/\d\d:\d\d:\d\d/)?.[0];
  };
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) document.addEventListener(name, (e) => { if (e.detail.elt?.id === "fresh") lost(); });
  document.addEventListener("htmx:pushedIntoHistory", () => {
    choose();
    // On a phone the panel stands below the buildings.
    if (matchMedia("(max-width:760px)").matches) $("#side")?.scrollIntoView();
  });
})();
