import assert from "node:assert";
import { test } from "node:test";

import { app } from "../dist/app.js";
import { bytes } from "../dist/size.js";

/** Jobs that are kept in memory; `broken` ones answer nothing. */
function inMemory(broken = false) {
    const all = [];
    const check = () => {
        if (broken) throw new Error("no database");
    };
    return {
        alive: async () => check(),
        add: async (kind, input) => {
            check();
            return all.push({ kind, input, state: "waiting", answer: null, worker: null });
        },
        find: async (id) => (check(), all[id - 1] && { id, ...all[id - 1] }),
        recent: async () => (check(), all.map((job, at) => ({ id: at + 1, ...job }))),
        close: async () => {},
    };
}

async function served(jobs, use) {
    const server = app(jobs).listen(0);
    const address = `http://127.0.0.1:${server.address().port}`;
    const ask = (path, options) => fetch(address + path, options);
    const post = (body) =>
        ask("/jobs", {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: typeof body === "string" ? body : JSON.stringify(body),
        });
    try {
        await use(ask, post);
    } finally {
        server.close();
        server.closeAllConnections();
    }
}

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

test("the service answers", () =>
    served(inMemory(), async (ask) => {
        assert.deepStrictEqual(await (await ask("/health")).json(), { status: "ok" });
        assert.deepStrictEqual(await (await ask("/bytes/2kB")).json(), { bytes: 2000 });
        assert.strictEqual((await ask("/bytes/much")).status, 400);
    }));

test("a job is kept, and what is none is refused", () =>
    served(inMemory(), async (ask, post) => {
        const added = await post({ kind: "text", input: { text: "a b" } });
        assert.strictEqual(added.status, 201);
        const { id } = await added.json();
        const found = await (await ask(`/jobs/${id}`)).json();
        assert.deepStrictEqual([found.id, found.kind, found.state], [id, "text", "waiting"]);
        assert.strictEqual((await (await ask("/jobs")).json()).length, 1);
        for (const body of [{ kind: "other", input: 1 }, { kind: "text" }, "{"]) {
            assert.strictEqual((await post(body)).status, 400, JSON.stringify(body));
        }
        assert.strictEqual((await ask("/jobs/2")).status, 404);
        assert.strictEqual((await ask("/jobs/x")).status, 404);
    }));

test("without its database it lives, is not healthy, and says so", () =>
    served(inMemory(true), async (ask) => {
        assert.strictEqual((await ask("/live")).status, 200);
        assert.strictEqual((await ask("/health")).status, 503);
        assert.strictEqual((await ask("/jobs")).status, 500);
    }));
