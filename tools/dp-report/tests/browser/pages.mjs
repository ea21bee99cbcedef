// Pages of dp-report in headless Chromium.
//
//   node pages.mjs check MODULES CHROMIUM PAGE...    faults as lines of JSON, none is good
//   node pages.mjs shoot MODULES CHROMIUM PAGE PLACE WIDTHxHEIGHT:SCHEME=FILE...
//
// MODULES is the folder with playwright-core and axe-core in node_modules (package.json
// beside this file names them); PLACE is what is scrolled to: the words that a heading or
// caption begins with, or `top`.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [, , command, modules, executablePath, ...rest] = process.argv;
const require = createRequire(join(resolve(modules), 'pages.js'));
const { chromium } = require('playwright-core');

const WIDTHS = [390, 1280, 1920];
const SCHEMES = ['light', 'dark'];

// What is asked of the page itself; runs in the browser.
function inspect() {
  const faults = [];
  const wide = document.documentElement.clientWidth;
  const shown = (node) => {
    const box = node.getBoundingClientRect();
    return box.width > 0 && box.height > 0 ? box : null;
  };
  const named = (node) => `${node.tagName.toLowerCase()} "${node.textContent.trim().slice(0, 60)}"`;
  if (document.documentElement.scrollWidth > wide) {
    faults.push(`the page is ${document.documentElement.scrollWidth} px wide`);
  }
  for (const node of document.body.querySelectorAll('*')) {
    for (const { name } of node.attributes) {
      if (name.startsWith('on')) faults.push(`${named(node)} has ${name}`);
    }
    // What scrolls within itself may be wider.
    if (node.closest('.scroll, nav ul, defs, title, desc')) continue;
    const box = shown(node);
    if (box && (box.right > wide + 1 || box.left < -1)) {
      faults.push(`${named(node)} reaches from ${box.left} to ${box.right} px`);
    }
  }
  for (const region of document.querySelectorAll('.scroll')) {
    const outer = shown(region);
    if (!outer) {
      faults.push(`a table is not seen: ${region.getAttribute('aria-label')}`);
      continue;
    }
    if (outer.right > wide + 1) faults.push(`a table leaves the page: ${region.getAttribute('aria-label')}`);
    for (const scrolled of [0, region.scrollWidth]) {
      region.scrollLeft = scrolled;
      for (const cell of region.querySelectorAll('.answer')) {
        const box = cell.getBoundingClientRect();
        if (box.left < outer.left - 1 || box.right > outer.right + 1) {
          faults.push(`an answer is out of view: ${named(cell)}`);
        }
      }
    }
    region.scrollLeft = 0;
  }
  for (const picture of document.querySelectorAll('svg[role=img]')) {
    const texts = [];
    for (const text of picture.querySelectorAll('text')) {
      const box = shown(text);
      if (!box) continue;
      const size = parseFloat(getComputedStyle(text).fontSize);
      if (size < 11) faults.push(`${named(text)} is ${size} px high`);
      for (const [other, name] of texts) {
        const across = Math.min(box.right, other.right) - Math.max(box.left, other.left);
        const down = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
        if (across > 2 && down > 4) faults.push(`${named(text)} lies on ${name}`);
      }
      texts.push([box, named(text)]);
    }
  }
  if (document.scripts.length) faults.push(`${document.scripts.length} scripts`);
  return faults;
}

// What axe finds does not depend on every width, and takes ten times as long as all else:
// it looks at each scheme once, on a phone and on a screen.
const AXE = { light: 1280, dark: 390 };

async function check(browser, pages) {
  const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
  for (const file of pages) {
    const context = await browser.newContext();
    const page = await context.newPage();
    const url = pathToFileURL(resolve(file)).href;
    let faults = [];
    page.on('console', (message) => faults.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => faults.push(`dialog: ${dialog.message()}`) && dialog.dismiss());
    page.on('request', (request) => {
      if (request.url() !== url) faults.push(`request: ${request.url()}`);
    });
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      for (const width of WIDTHS) {
        faults = [];
        await page.setViewportSize({ width, height: 900 });
        await page.goto(url, { waitUntil: 'load' });
        // What is folded must be as good as the rest.
        await page.evaluate(() => document.querySelectorAll('details').forEach((one) => { one.open = true; }));
        faults.push(...await page.evaluate(inspect));
        if (AXE[colorScheme] === width) faults.push(...await seenByAxe(page, axe, faults));
        for (const fault of faults) console.log(JSON.stringify({ file, width, colorScheme, fault }));
        console.error(`${file} ${width} ${colorScheme}: ${faults.length} faults`);
      }
    }
    await context.close();
  }
}

// Serious and critical findings; what axe itself makes the page say is taken back.
async function seenByAxe(page, axe, faults) {
  const quiet = faults.length;
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  faults.length = quiet;
  const grave = found.violations.filter((one) => ['serious', 'critical'].includes(one.impact));
  return grave.map((one) => {
    const nodes = one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160));
    return `axe: ${one.id} (${one.impact}, ${one.nodes.length} times): ${nodes.join(' | ')}`;
  });
}

// Below the links that stay at the top; runs in the browser.
function scrollTo(words) {
  const heads = [...document.querySelectorAll('h2, h3, figcaption')];
  const head = heads.find((one) => one.textContent.trim().startsWith(words));
  if (!head) throw new Error(`no heading begins with ${words}`);
  const links = document.querySelector('nav').getBoundingClientRect().height;
  window.scrollTo(0, head.getBoundingClientRect().top + window.scrollY - links - 12);
}

async function shoot(browser, [file, place, ...shots]) {
  for (const shot of shots) {
    const [, width, height, colorScheme, path] = shot.match(/^(\d+)x(\d+):(\w+)=(.*)$/);
    const viewport = { width: Number(width), height: Number(height) };
    const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
    const page = await context.newPage();
    await page.goto(pathToFileURL(resolve(file)).href, { waitUntil: 'load' });
    if (place !== 'top') await page.evaluate(scrollTo, place);
    await page.screenshot({ path });
    await context.close();
  }
}

// A sandbox needs rights that a container or root does not have.
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  await (command === 'shoot' ? shoot : check)(browser, rest);
} finally {
  await browser.close();
}
