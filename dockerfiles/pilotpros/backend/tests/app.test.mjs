import assert from "node:assert/strict";
import { test } from "node:test";

import { app } from "../dist/app.js";

const ORDER = { id: 7, customer: 3, placed_on: "2025-02-03", amount_cents: 450, process: null };

/** Asks the service with this database; what it answers. */
async function ask(path, orders) {
    const server = app(orders).listen(0);
    try {
        const answer = await fetch(`http://127.0.0.1:${server.address().port}${path}`);
        return { status: answer.status, kept: answer.headers.get("cache-control"), body: await answer.json() };
    } finally {
        server.close();
    }
}

test("an order is found by its number, and kept by nobody", async () => {
    const orders = { find: async (id) => (id === 7 ? ORDER : undefined) };
    assert.deepEqual(await ask("/api/orders/7", orders), { status: 200, kept: "no-store", body: ORDER });
    assert.equal((await ask("/api/orders/8", orders)).status, 404);
    assert.equal((await ask("/api/orders/seven", orders)).status, 404);
});

test("a report is of the days that were asked for, and may be kept", async () => {
    const orders = { report: async (from, to) => [from, to] };
    const year = await ask("/api/report", orders);
    assert.deepEqual(year, { status: 200, kept: null, body: ["2025-01-01", "2025-12-31"] });
    const days = await ask("/api/report?from=2025-02-03&to=2025-03-04", orders);
    assert.deepEqual(days.body, ["2025-02-03", "2025-03-04"]);
    assert.equal((await ask("/api/report?from=2025-13-01", orders)).status, 400);
    assert.equal((await ask("/api/report?from=now", orders)).status, 400);
});

test("without its database it is not well, and says so", async () => {
    const dead = async () => {
        throw new Error("gone");
    };
    assert.equal((await ask("/health", { alive: async () => {} })).status, 200);
    assert.equal((await ask("/health", { alive: dead })).status, 503);
    assert.equal((await ask("/api/report", { report: dead })).status, 500);
});
