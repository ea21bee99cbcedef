// What `npm run build` made in dist, and the functions it was made of.
import assert from "node:assert";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";

import { valueOf } from "../src/table.js";
import { bytes, seconds } from "../src/units.js";

const manifest = JSON.parse(readFileSync("dist/manifest.json", "utf8"));

test("all is there, once as it is and once in each compression", () => {
    assert.deepStrictEqual(Object.keys(manifest).sort(), ["base.css", "table.js"]);
    const expected = Object.values(manifest).flatMap((name) => [name, `${name}.br`, `${name}.gz`]);
    assert.deepStrictEqual(readdirSync("dist").sort(), [...expected, "manifest.json"].sort());
    for (const [source, name] of Object.entries(manifest)) {
        const content = readFileSync(`dist/${name}`);
        assert.ok(content.length < readFileSync(`src/${source}`).length, `${name} is minified`);
        const gzip = readFileSync(`dist/${name}.gz`);
        const brotli = readFileSync(`dist/${name}.br`);
        assert.ok(brotli.length < gzip.length && gzip.length < content.length, name);
        assert.deepStrictEqual(gunzipSync(gzip), content);
        assert.deepStrictEqual(brotliDecompressSync(brotli), content);
    }
});

test("what was bundled works", async () => {
    const table = await import(`../dist/${manifest["table.js"]}`);
    assert.strictEqual(table.valueOf({ dataset: { bytes: "12" } }), 12);
    assert.strictEqual(valueOf({ dataset: {}, textContent: "a" }), "a");
});

test("figures are written as people read them", () => {
    assert.deepStrictEqual([0, 999, 999600, 1.5e9].map(bytes), ["0 B", "999 B", "1.00 MB", "1.50 GB"]);
    assert.deepStrictEqual([0.0123, 2, 61, 119.7].map(seconds), ["12 ms", "2.0 s", "1 min 1 s", "2 min 0 s"]);
});
