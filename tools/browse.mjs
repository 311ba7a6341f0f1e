// Looks at web pages as people do, in a real browser: `node browse.mjs CHROMIUM ADDRESS FOLDER`.
//
// Follows every link below ADDRESS. Of each kind of page it looks closely at the first two: presses copy buttons, points at plots
// and takes pictures into FOLDER. Prints what it found as JSON.

import { chromium } from "playwright-core";

const [executablePath, address, folder] = process.argv.slice(2);
const found = { pages: [], closely: [], broken: [], said: [], outside: [], copied: 0, wrong: [], wide: [], hidden: [], plots: [] };
// Containers have little shared memory, and other tests may fill it.
const args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
const browser = await chromium.launch({ executablePath, args });

/** Opens a page with everything that it complains of written down. */
async function open(context, url) {
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") {
      found.said.push(`${url}: ${message.text()}`);
    }
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(address)) {
      found.outside.push(`${url}: ${request.url()}`);
    }
  });
  page.on("pageerror", (error) => found.said.push(`${url}: ${error.message}`));
  await page.goto(url);
  return page;
}

async function press(page, url) {
  for (const button of (await page.locator("button.copy").all()).slice(0, 4)) {
    const expected = await button.getAttribute("data-copy");
    await button.click();
    await button.filter({ hasText: "Copied" }).waitFor({ timeout: 5000 });
    const actual = await page.evaluate(() => navigator.clipboard.readText());
    if (actual === expected) {
      found.copied += 1;
    } else {
      found.wrong.push(`${url}: ${actual}`);
    }
  }
}

/** Points at the first, the middle and the last point of a plot, and writes down what each says, and where it leads. */
async function point(page, path) {
  const circles = await page.locator(".plot circle").all();
  if (circles.length === 0) {
    return;
  }
  const values = [];
  for (const circle of [circles[0], circles[circles.length >> 1], circles.at(-1)]) {
    const ink = () => circle.evaluate((it) => getComputedStyle(it).fill);
    const before = await ink();
    await circle.hover();
    if ((await ink()) === before) {
      found.wrong.push(`${path}: a point looks the same below the pointer`);
    }
    values.push({
      says: await circle.locator("title").textContent(),
      opens: await circle.locator("..").getAttribute("href"),
    });
  }
  found.plots.push({ path, points: circles.length, values });
}

const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
const queue = [`${address}/index.html`];
const seen = new Set(queue);
const kinds = new Map();
while (queue.length > 0) {
  const url = queue.shift();
  const answer = await context.request.get(url);
  if (!answer.ok()) {
    found.broken.push(`${url}: ${answer.status()}`);
    continue;
  }
  // The pages of documentation and of a web app are their authors'.
  const text = (answer.headers()["content-type"] ?? "").startsWith("text/html") ? await answer.text() : "";
  if (!text.includes("Content-Security-Policy")) {
    continue;
  }
  const path = url.slice(address.length);
  found.pages.push(path);
  const kind = path.replace(/[0-9a-f]{40}|[\d-]{10}/, "");
  kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  if (kinds.get(kind) <= 2) {
    found.closely.push(path);
    const page = await open(context, url);
    await press(page, url);
    await page.close();
  }
  const links = [...text.matchAll(/ href="([^"]*)"/g)].map((one) => new URL(one[1].replaceAll("&amp;", "&"), url));
  for (const { origin, pathname } of links) {
    const link = origin + pathname;
    if (link.startsWith(address) && !seen.has(link) && seen.size < 500) {
      seen.add(link);
      queue.push(link);
    }
  }
}

for (const colorScheme of ["light", "dark"]) {
  for (const width of [390, 1280]) {
    const sized = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
    for (const path of found.closely) {
      const page = await open(sized, address + path);
      const needed = await page.evaluate(() => document.documentElement.scrollWidth);
      if (needed > width) {
        found.wide.push(`${path} needs ${needed} of ${width}`);
      }
      await point(page, path);
      const name = path.replaceAll("/", "_").replace(/^_/, "").replace(/\.html$/, "");
      await page.screenshot({ path: `${folder}/${name}-${width}-${colorScheme}.png`, fullPage: true });
      await page.close();
    }
    await sized.close();
  }
}

// Without script nothing is missing but the buttons.
const still = await browser.newContext({ javaScriptEnabled: false });
for (const path of found.closely) {
  const page = await open(still, address + path);
  const buttons = await page.locator("button.copy:visible").count();
  if (buttons > 0 || !(await page.locator("h1").isVisible())) {
    found.hidden.push(path);
  }
  await page.close();
}
await browser.close();
console.log(JSON.stringify(found));
