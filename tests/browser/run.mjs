// The console and the owner's pages of a running hub, in a real browser.
//
//   node run.mjs --login URL --owner URL [--revoke DEVICE] [--photo FILE] [--chromium PATH] [--shots DIR]
//   (or KEYTURN_LOGIN, KEYTURN_OWNER, KEYTURN_REVOKE, KEYTURN_PHOTO, KEYTURN_CHROMIUM, KEYTURN_SHOTS)
//
// The hub must hold: a one-time login link that was not used; an owner's link to a unit with two repairs that wait for the
// owner's answer; one conflict that nobody has settled; a device that may be revoked (the last in the list, or DEVICE).
// Prints one line per check and `N passed, N failed`; exit code 0 only when every check passed.

import { AxeBuilder } from "@axe-core/playwright";
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`);
  return at > 0 ? process.argv[at + 1] : process.env[`KEYTURN_${name.toUpperCase()}`] ?? fallback;
};
const login = option("login"), owner = option("owner"), shots = option("shots"), revoke = option("revoke");
if (!login || !owner) {
  console.error("needs --login URL and --owner URL");
  process.exit(2);
}
const base = new URL(login).origin;
// A real JPEG of 8 x 8 pixels, when no photo is given.
const TINY = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8QEBD/yQALCAAIAAgBAREA/8wABgAQEAX/2gAIAQEAAD8A0s8g/9k=";
const photo = () => {
  const file = option("photo");
  return { name: "IMG_0001.jpg", mimeType: "image/jpeg", buffer: file ? readFileSync(file) : Buffer.from(TINY, "base64") };
};
if (shots) mkdirSync(shots, { recursive: true });

const browser = await chromium.launch({
  executablePath: option("chromium", "/usr/bin/chromium"),
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
let passed = 0, failed = 0;
const faults = []; // what the browser complained about: scripts, content policy, missing files
const check = async (name, work) => {
  try {
    await work();
    passed += 1;
    console.log(`ok    ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}\n      ${String(error.message ?? error).split("\n").slice(0, 12).join("\n      ")}`);
  }
};
const open = async (options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN", ignoreHTTPSErrors: true, acceptDownloads: true, ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  page.on("pageerror", (e) => faults.push(`${page.url()}: ${e.message}`));
  page.on("console", (m) => { if (m.type() === "error" && !/status of 4\d\d/.test(m.text())) faults.push(`${page.url()}: ${m.text()}`); });
  return page;
};
const shot = async (page, name) => { if (shots) await page.screenshot({ path: join(shots, `${name}.png`) }); };
const axe = async (page) => {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
  const bad = violations.filter((v) => ["serious", "critical"].includes(v.impact));
  assert.equal(bad.length, 0, bad.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 120)).join(" | ")}`).join("\n"));
};
const fits = async (page) => assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
const settled = (page) => page.waitForLoadState("networkidle");
const fetched = async (page, link) => {
  const answer = await page.request.get(new URL(await link.getAttribute("href"), page.url()).href);
  assert.equal(answer.status(), 200);
  return answer.body();
};

const p = await open();

await check("without a session the console shows the door and nothing else", async () => {
  const answer = await p.goto(`${base}/console/units`);
  assert.equal(answer.status(), 401);
  assert.equal(await p.locator("body.door h1").count(), 1);
  assert.equal(await p.locator("nav").count(), 0);
});

await check("the one-time link logs in, once", async () => {
  await p.goto(login);
  await p.waitForURL(/\/console\//);
  assert.equal(await p.locator("nav.nav a").count(), 6);
  const again = await open();
  await again.goto(login);
  assert.equal(await again.locator("nav.nav").count(), 0, "a used link logged in again");
  assert.equal(await again.locator("body.door").count(), 1);
  await again.context().close();
});

await check("every page has a strict content policy and is kept by no cache", async () => {
  const answer = await p.goto(`${base}/console/today`);
  const policy = answer.headers()["content-security-policy"];
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe|\*/);
  assert.match(answer.headers()["cache-control"], /no-store/);
});

for (const [name, path] of [["today", "today"], ["units", "units"], ["snags", "snags"], ["reviews", "reviews"], ["devices", "devices"], ["rules", "rules"]]) {
  await check(`${name}: accessible, fits desk, tablet and phone`, async () => {
    await p.goto(`${base}/console/${path}`);
    await settled(p);
    await axe(p);
    for (const [width, height] of [[1440, 900], [1024, 768], [412, 915]]) {
      await p.setViewportSize({ width, height });
      await fits(p);
      await shot(p, `${name}-${width}`);
    }
    await p.setViewportSize({ width: 1440, height: 900 });
  });
}

await check("in the dark every page keeps its contrast", async () => {
  await p.emulateMedia({ colorScheme: "dark" });
  for (const path of ["today", "units", "snags", "reviews", "devices", "rules"]) {
    await p.goto(`${base}/console/${path}`);
    await axe(p);
  }
  await shot(p, "devices-dark");
  await p.emulateMedia({ colorScheme: "light" });
});

await check("keys: G and a letter go to pages, / searches, ? lists the keys, Esc closes", async () => {
  await p.goto(`${base}/console/today`);
  await settled(p);
  for (const [key, path] of [["u", "units"], ["q", "snags"], ["r", "reviews"], ["d", "devices"], ["p", "rules"], ["t", "today"]]) {
    await p.keyboard.press("g");
    await p.keyboard.press(key);
    await p.waitForURL(new RegExp(`/console/${path}`));
    await settled(p);
  }
  await p.keyboard.press("?");
  assert.ok(await p.locator("#keys").evaluate((d) => d.open));
  await p.keyboard.press("Escape");
  assert.ok(!(await p.locator("#keys").evaluate((d) => d.open)));
  await p.keyboard.press("/");
  assert.equal(await p.evaluate(() => document.activeElement.id), "search");
  await p.keyboard.type("g");
  assert.equal(await p.locator("#search").inputValue(), "g", "single keys are off while typing");
});

let unitPage;
await check("board: every cell has a mark and a name; arrows move; Enter shows the unit, O opens it", async () => {
  await p.goto(`${base}/console/units`);
  await settled(p);
  const cells = p.locator("[data-cell]");
  const n = await cells.count();
  assert.ok(n >= 24, `${n} units`);
  for (const cell of (await cells.all()).slice(0, 40)) {
    assert.equal(await cell.locator("svg").count(), 1);
    assert.match(await cell.getAttribute("aria-label"), /\S+ \S+/);
  }
  assert.equal(await p.locator("[data-cell][tabindex='0']").count(), 1, "one stop for Tab");
  await cells.first().focus();
  const from = await p.evaluate(() => document.activeElement.dataset.cell);
  await p.keyboard.press("ArrowDown");
  const to = await p.evaluate(() => document.activeElement.dataset.cell);
  assert.notEqual(from, to);
  await p.evaluate(() => { window.notReloaded = true; });
  await p.keyboard.press("Enter");
  await p.waitForURL(new RegExp(`unit=${to}`));
  await p.locator("#side h2").waitFor();
  assert.ok(await p.evaluate(() => window.notReloaded), "the panel is swapped in place");
  assert.equal(await p.locator(`[data-cell="${to}"][aria-current]`).count(), 1);
  // The unit of the demo's handover: the one with documents.
  const walked = await p.locator("[data-cell]:not(.pending)").all();
  for (const cell of walked) {
    const unit = await cell.getAttribute("data-cell");
    await cell.click();
    await p.waitForURL(new RegExp(unit));
    await p.locator(`#side [href$="/units/${unit}"]`).waitFor();
    if ((await p.locator("#side a.doc").count()) >= 3) break;
  }
  await p.locator("#side [data-timeline-button]").waitFor();
  await shot(p, "board-side");
  await p.keyboard.press("o");
  await p.waitForURL(/\/console\/units\/[0-9a-f-]+$/);
  unitPage = p.url();
});

await check("board without scripts: the same link shows the same panel", async () => {
  const context = await browser.newContext({ javaScriptEnabled: false, ignoreHTTPSErrors: true, storageState: await p.context().storageState() });
  const plain = await context.newPage();
  await plain.goto(`${base}/console/units`);
  await plain.locator("[data-cell]").first().click();
  await plain.waitForURL(/unit=/);
  assert.equal(await plain.locator("#side h2").count(), 1);
  await context.close();
});

await check("unit: history with photographs that load, each with its proof", async () => {
  await p.goto(unitPage);
  await settled(p);
  assert.ok((await p.locator(".tl > li").count()) > 5);
  const photos = p.locator("figure.photo");
  assert.ok((await photos.count()) > 0);
  assert.equal(await photos.count(), await photos.locator(".pf [data-state]").count());
  for (const image of (await p.locator("figure.photo img").all()).slice(0, 12)) {
    await image.scrollIntoViewIfNeeded();
    await image.evaluate((i) => (i.complete ? 1 : new Promise((done) => { i.onload = i.onerror = done; })));
    assert.ok((await image.evaluate((i) => i.naturalWidth)) > 0, await image.getAttribute("src"));
  }
  await axe(p);
  await shot(p, "unit");
});

await check("unit: a photograph opens larger and its original downloads with the digest shown", async () => {
  await p.locator("figure.photo a[data-view]").first().click();
  assert.ok(await p.locator("#viewer").evaluate((d) => d.open));
  const body = await fetched(p, p.locator("#viewer a"));
  assert.deepEqual([...body.subarray(0, 2)], [0xff, 0xd8], "a JPEG");
  await p.keyboard.press("Escape");
});

await check("unit: report, rectification record and bundle download", async () => {
  const kinds = { pdf: 0, zip: 0 };
  for (const link of await p.locator(".docs a.doc").all()) {
    const body = await fetched(p, link);
    const kind = body.subarray(0, 5).toString("latin1");
    if (kind === "%PDF-") kinds.pdf += 1;
    else if (kind.startsWith("PK\u0003\u0004")) kinds.zip += 1;
    else assert.fail(`not a PDF and no ZIP: ${kind}`);
    assert.ok(body.length > 2000);
  }
  assert.ok(kinds.pdf >= 2 && kinds.zip >= 1, JSON.stringify(kinds));
  assert.ok((await p.locator("text=/已签字|Signed|第 1 版|version 1/").count()) > 0, "signatures are listed");
});

await check("unit: no name or number of the owner stands open", async () => {
  const text = await p.locator("main").innerText();
  assert.doesNotMatch(text, /1[3-9]\d{9}/);
  assert.match(text, /\S\*\*/);
});

await check("snags: filters by state narrow the list and stand in the address; no hit says so", async () => {
  await p.goto(`${base}/console/snags`);
  await settled(p);
  const all = await p.locator("tr[data-row]").count();
  assert.ok(all > 0);
  const chip = p.locator(".chip").filter({ hasText: /业主已确认/ });
  await chip.click();
  await p.waitForURL(/state=confirmed/);
  await settled(p);
  const rows = p.locator("tr[data-row]");
  assert.equal(await rows.count(), await rows.locator("[data-state=confirmed]").count());
  assert.ok((await rows.count()) > 0 && (await rows.count()) < all);
  const address = p.url();
  await p.goto(address);
  assert.ok(await p.locator("input[name=state][value=confirmed]").isChecked(), "the address keeps the filter");
  await p.goto(`${base}/console/snags?q=${encodeURIComponent("<b>没有这样的字</b>")}`);
  assert.equal(await p.locator("tr[data-row]").count(), 0);
  assert.equal(await p.locator("#list h2").count(), 1);
  assert.equal(await p.locator("#f-q").inputValue(), "<b>没有这样的字</b>");
});

await check("snags: J, K and Enter; one snag shows both sides' words, before and after, its place", async () => {
  await p.goto(`${base}/console/snags`);
  await settled(p);
  await p.keyboard.press("j");
  await p.keyboard.press("j");
  const second = await p.locator("tr[data-row] [data-open]").nth(1).getAttribute("href");
  assert.equal(await p.evaluate(() => document.activeElement.getAttribute("href")), second);
  await p.keyboard.press("k");
  await p.keyboard.press("Enter");
  await p.waitForURL(/\/console\/snags\/[0-9a-f-]+/);
  assert.equal(await p.locator(".two > div").count(), 2);
  await axe(p);
  // One that was repaired: rounds with photographs on both sides.
  await p.goto(`${base}/console/snags?state=confirmed`);
  await p.locator("tr[data-row] [data-open]").first().click();
  await p.waitForURL(/\/console\/snags\/[0-9a-f-]+/);
  const round = p.locator(".round").last();
  assert.ok((await round.locator(".pair > div").nth(1).locator("figure.photo").count()) > 0, "an after photo");
  await shot(p, "snag");
});

await check("review: two values side by side; no settlement without a reason; then it is settled", async () => {
  await p.goto(`${base}/console/reviews`);
  await settled(p);
  const before = await p.locator("a.item[data-open]").count();
  assert.ok(before > 0, "there is a conflict");
  await p.locator("a.item[data-open]").first().click();
  await p.waitForURL(/\/console\/reviews\/[0-9a-f-]+/);
  await settled(p);
  assert.ok((await p.locator(".val").count()) >= 2);
  assert.equal(await p.locator(".val.shown").count(), 1);
  await axe(p);
  await shot(p, "review");
  const token = await p.locator("form[data-settle] [name=csrf]").inputValue(), value = await p.locator("form[data-settle] [name=value]").first().getAttribute("value");
  const refused = await p.request.post(p.url(), { form: { csrf: token, value, reason: "  " }, headers: { origin: base }, maxRedirects: 0 });
  assert.equal(refused.status(), 422, "the hub itself wants a reason");
  await p.keyboard.press("2");
  assert.ok(await p.locator("input[data-value='2']").isChecked());
  await p.locator("#reason").fill("复看两组照片后核定 <b>");
  await p.keyboard.press("Control+Enter");
  await p.locator("main .note.ok, main .st.c-ok").first().waitFor();
  await p.goto(`${base}/console/reviews`);
  assert.equal(await p.locator("a.item[data-open]").count(), before - 1);
});

await check("devices: revoking needs the device's own name", async () => {
  await p.goto(`${base}/console/devices`);
  await settled(p);
  const link = revoke ? p.locator("tr[data-row] [data-open]").filter({ hasText: revoke }).first() : p.locator("tr[data-row] [data-open]").last();
  const name = (await link.innerText()).trim();
  await link.click();
  await p.waitForURL(/\/console\/devices\/[0-9a-f-]+/);
  const here = p.url();
  await p.locator("#revoke-name").fill(`${name}x`);
  await p.locator("#revoke button").click();
  await p.locator("#revoke-error").waitFor();
  await p.goto(here);
  assert.equal(await p.locator("form[data-revoke]").count(), 1, "the wrong name revoked nothing");
  await p.locator("#revoke-name").fill(name);
  await p.locator("#revoke button").click();
  await settled(p);
  await p.goto(here);
  assert.equal(await p.locator("form[data-revoke]").count(), 0, "revoked");
});

await check("devices: an invitation shows its code and QR once", async () => {
  await p.goto(`${base}/console/devices`);
  await settled(p);
  await p.locator("#invite [name=person]").fill("测试 <b>员");
  await p.locator("#invite button").click();
  assert.match(await p.locator("[data-code]").innerText(), /^\S{8,}$/);
  assert.equal(await p.locator("svg.qr").count(), 1);
  await shot(p, "invite");
  await p.goto(`${base}/console/devices`);
  assert.equal(await p.locator("[data-code]").count(), 0);
});

await check("a form without its proof is refused", async () => {
  const answer = await p.request.post(`${base}/console/devices/invite`, { form: { person: "x", role: "inspector", scope: "project" }, headers: { origin: base }, maxRedirects: 0 });
  assert.equal(answer.status(), 403);
});

await check("language: English stays until it is changed back", async () => {
  await p.goto(`${base}/console/today`);
  await p.locator("details.who summary").click();
  await p.locator("[data-language]").click();
  await settled(p);
  assert.equal(await p.locator("html").getAttribute("lang"), "en");
  for (const path of ["units", "snags", "devices", "reviews", "today"]) {
    await p.goto(`${base}/console/${path}`);
    assert.equal(await p.locator("html").getAttribute("lang"), "en");
    assert.doesNotMatch(await p.locator("nav.nav, h1, th").allInnerTexts().then((t) => t.join(" ")), /console-/);
    await shot(p, `${path}-en`);
  }
  await axe(p);
  await p.locator("details.who summary").click();
  await p.locator("[data-language]").click();
  await settled(p);
  assert.equal(await p.locator("html").getAttribute("lang"), "zh-CN");
});

// The owner: a phone, once without any script.
const phone = { viewport: { width: 412, height: 915 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const live = await open(phone);
await check("owner: the page listens for changes; a browser that is refused asks instead", async () => {
  await live.goto(owner);
  await live.locator("html[data-live=stream]").waitFor();
  const refused = await open(phone);
  await refused.route("**/live", (route) => route.fulfill({ status: 429, headers: { "retry-after": "60" } }));
  await refused.goto(owner);
  await refused.locator("html[data-live=poll]").waitFor();
  await refused.context().close();
});

const plain = await open({ ...phone, javaScriptEnabled: false });
await check("owner, no scripts: sees the unit's state and documents, confirms one repair", async () => {
  const answer = await plain.goto(owner);
  assert.equal(answer.status(), 200);
  assert.match(answer.headers()["content-security-policy"], /default-src 'none'/);
  const waiting = await plain.locator("[data-ask]").count();
  assert.ok(waiting >= 2, `${waiting} repairs wait for an answer`);
  await shot(plain, "owner");
  await plain.locator("[data-ask] a.main").first().click();
  await plain.locator("form button.main").click();
  assert.equal(await plain.locator("[data-state=confirmed]").count(), 1);
  await shot(plain, "owner-thanks");
  await plain.goto(owner);
  assert.equal(await plain.locator("[data-ask]").count(), waiting - 1);
});

await check("owner: what was answered elsewhere is there without reloading", async () => {
  await live.locator("html[data-refreshed]").waitFor();
  const shown = await live.locator("[data-ask]").count();
  assert.equal(shown, await plain.locator("[data-ask]").count());
  await axe(live);
  await live.context().close();
});

const o = await open(phone);
let rejected;
await check("owner: rejects another with a reason and a photograph", async () => {
  await o.goto(owner);
  await o.waitForLoadState("load"); // the stream of changes stays open: the network is never idle here
  await axe(o);
  await fits(o);
  rejected = await o.locator("[data-ask]").first().getAttribute("data-ask");
  await o.locator("[data-ask] a.neg").first().click();
  await axe(o);
  await fits(o);
  await o.locator("#text").fill("窗台石左边又湿了 <i>");
  await o.reload();
  assert.equal(await o.locator("#text").inputValue(), "窗台石左边又湿了 <i>", "what was typed survives a closed page");
  // No picture under a picture's name: refused with its reason, nothing recorded, the words stay.
  await o.locator("#photo").setInputFiles({ name: "a.jpg", mimeType: "image/jpeg", buffer: Buffer.from("no picture") });
  await o.locator("form button.danger").click();
  await o.locator("[role=alert]").waitFor();
  assert.equal(await o.locator("#text").inputValue(), "窗台石左边又湿了 <i>");
  await o.locator("#photo").setInputFiles(photo());
  await shot(o, "owner-reject");
  await o.locator("form button.danger").click();
  await o.locator("[data-state=rejected]").waitFor();
  await o.goto(owner);
  assert.equal(await o.locator(`[data-ask="${rejected}"]`).count(), 0);
});

await check("owner: an answer given twice or without a reason is refused by the hub itself", async () => {
  const answer = await o.request.post(`${owner}/snags/${rejected}/reject`, { multipart: { round: "1", text: "  " }, headers: { origin: base } });
  assert.ok([409, 422].includes(answer.status()), `${answer.status()}`);
});

await check("owner: documents download; the other language; a wrong link says so", async () => {
  await o.goto(owner);
  for (const link of await o.locator("a.doc").all()) {
    const head = (await fetched(o, link)).subarray(0, 4).toString("latin1");
    assert.ok(head === "%PDF" || head === "PK\u0003\u0004", head);
  }
  await o.locator("[data-language]").click();
  assert.equal(await o.locator("html").getAttribute("lang"), "en");
  await axe(o);
  await shot(o, "owner-en");
  const wrong = await o.goto(`${base}/o/${"a".repeat(43)}`);
  assert.equal(wrong.status(), 404);
  await axe(o);
  await o.goto(`${owner}?lang=zh-CN`);
});

await check("repairs are ordered: the form says what is missing, keeps what was chosen, and orders", async () => {
  await p.goto(`${base}/console/snags?state=recorded`);
  await settled(p);
  await p.locator("tr[data-row] a[data-open]").first().click();
  await settled(p);
  const snag = new URL(p.url()).pathname.split("/").pop();
  await p.locator("a[data-order]").click();
  await settled(p);
  assert.ok(await p.locator(`input[name=snag][value="${snag}"]`).isChecked(), "the snag that the reader came from is chosen");
  await axe(p);
  for (const [width, height] of [[1440, 900], [1024, 768], [390, 844]]) {
    await p.setViewportSize({ width, height });
    await fits(p);
    await shot(p, `orders-${width}`);
  }
  await p.setViewportSize({ width: 1440, height: 900 });
  const contractor = await p.locator("select[name=contractor] option:not([value=''])").first().getAttribute("value");
  await p.locator("select[name=contractor]").selectOption(contractor);
  await p.locator(`input[name=snag][value="${snag}"]`).uncheck();
  await p.locator("#order button.main").click();
  await settled(p);
  assert.equal(await p.locator(".note.danger").count(), 1, "no snag is chosen");
  assert.equal(await p.locator("select[name=contractor]").inputValue(), contractor, "what was chosen stays");
  await p.locator(`input[name=snag][value="${snag}"]`).check();
  await p.locator("#order button.main").click();
  await p.waitForURL(/done=ordered/);
  await p.goto(`${base}/console/snags/${snag}`);
  await settled(p);
  assert.equal(await p.locator("[data-clocks]").count(), 1, "the company's own clocks run");
});

await check("the console shows what the owner answered, with reason and photograph", async () => {
  await p.goto(`${base}/console/snags/${rejected}`);
  await settled(p);
  const outcome = p.locator(".outcome").filter({ hasText: "窗台石左边又湿了 <i>" });
  assert.equal(await outcome.count(), 1);
  assert.ok((await outcome.locator("figure.photo").count()) >= 1, "the owner's photograph");
});

await check("owner: fetches a code to sign with, and another one; large on a small phone, in the dark too", async () => {
  const small = await open({ ...phone, viewport: { width: 390, height: 844 } });
  await small.goto(owner);
  await small.locator("[data-code-ask] button").click();
  const code = await small.locator("[data-code]").innerText();
  assert.match(code, /^\d{3} \d{3}$/);
  for (const scheme of ["light", "dark"]) {
    await small.emulateMedia({ colorScheme: scheme });
    await axe(small);
    await fits(small);
    await small.locator("#code").scrollIntoViewIfNeeded();
    await shot(small, `owner-code-${scheme}`);
  }
  await small.locator("#code form button").click();
  await small.waitForFunction((old) => document.querySelector("[data-code]")?.textContent !== old, code);
  await small.context().close();
});

let unitOf;
await check("owner: asks for a call; the office sees it, answers and is done", async () => {
  await p.goto(`${base}/console/snags/${rejected}`);
  unitOf = await p.locator('main a[href^="/console/units/"]').first().getAttribute("href");
  await o.goto(owner);
  await o.locator('form[action$="/ask"] button').click();
  await axe(o);
  await fits(o);
  await shot(o, "owner-asked");
  await o.goto(owner);
  assert.equal(await o.locator("[data-call-asked]").count(), 1);
  await p.goto(`${base}/console/today`);
  await settled(p);
  await axe(p);
  await shot(p, "today-asks");
  assert.equal(await p.locator("[data-owner-asks] a.item").count(), 1);
  await p.locator("[data-owner-asks] a.item").click();
  await p.locator("#told-note").fill("已电话答复");
  await axe(p);
  await p.locator("[data-owner-asks] form button").click();
  await settled(p);
  assert.equal(await p.locator("[data-owner-asks]").count(), 0);
});

await check("owner: a link that was taken back says so without data, in both languages and in the dark, and still reaches the office", async () => {
  await p.goto(`${base}${unitOf.split("?")[0].split("#")[0]}`);
  while (await p.locator('form[action$="/revoke"] button').count()) {
    await p.locator('form[action$="/revoke"] button').first().click();
    await settled(p);
  }
  const small = await open({ ...phone, viewport: { width: 390, height: 844 } });
  for (const scheme of ["light", "dark"]) {
    await small.emulateMedia({ colorScheme: scheme });
    for (const lang of ["zh-CN", "en"]) {
      await small.goto(`${owner}?lang=${lang}`);
      assert.equal(await small.locator("html").getAttribute("lang"), lang);
      assert.equal((await small.goto(owner)).status(), 404);
      assert.equal(await small.locator("[data-ask-again] button").count(), 2);
      assert.equal(await small.locator("[data-ask], .doc, [data-live]").count(), 0, "something of the unit is shown");
      await axe(small);
      await fits(small);
      await shot(small, `owner-revoked-${scheme}-${lang}`);
    }
  }
  await small.locator("[data-ask-again] button.main").click();
  await axe(small);
  await shot(small, "owner-asked-again");
  await small.context().close();
  await p.reload();
  assert.equal(await p.locator("[data-owner-asks]").count(), 1);
  await p.locator("[data-new-link]").click();
  await settled(p);
  assert.equal(await p.locator("[data-owner-asks]").count(), 0, "a new link is the answer");
  const fresh = await p.locator("[data-owner-link]").inputValue();
  await o.goto(`${base}${new URL(fresh).pathname}`);
  assert.equal(await o.locator("main[data-live]").count(), 1);
});

await check("logging out ends the session", async () => {
  await p.locator("details.who summary").click();
  await p.locator("[data-logout]").click();
  await settled(p);
  const answer = await p.goto(`${base}/console/today`);
  assert.equal(answer.status(), 401);
});

await check("the browser complained about nothing", async () => assert.deepEqual(faults, []));

await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
