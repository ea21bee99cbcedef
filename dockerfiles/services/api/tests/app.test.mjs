import assert from "node:assert";
import { test } from "node:test";

import { app } from "../dist/app.js";
import { bytes } from "../dist/size.js";

test("a size is read in both systems", () => {
    for (const [text, expected] of [
        ["1.5GB", 1500000000],
        ["1GiB", 1073741824],
        ["12k", 12000],
        ["7", 7],
        ["3ib", undefined],
        ["GB", undefined],
    ]) {
        assert.strictEqual(bytes(text), expected, text);
    }
});

test("the service answers", async () => {
    const server = app().listen(0);
    const ask = (path) => fetch(`http://127.0.0.1:${server.address().port}${path}`);
    try {
        assert.deepStrictEqual(await (await ask("/health")).json(), { status: "ok" });
        assert.deepStrictEqual(await (await ask("/bytes/2kB")).json(), { bytes: 2000 });
        assert.strictEqual((await ask("/bytes/much")).status, 400);
    } finally {
        server.close();
        server.closeAllConnections();
    }
});
