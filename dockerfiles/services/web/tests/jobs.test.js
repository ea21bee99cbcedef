import assert from "node:assert";
import { test } from "node:test";

import { answerOf, jobOf } from "../src/jobs.js";

test("a form becomes a job", () => {
    assert.deepStrictEqual(jobOf({ text: "a b" }), { kind: "text", input: { text: "a b" } });
    const input = { figure: "mean", values: [1, 2.5, -3] };
    assert.deepStrictEqual(jobOf({ figure: "mean", values: "1, 2.5 -3" }), { kind: "figure", input });
    assert.throws(() => jobOf({ figure: "mean", values: "1, much" }), /no numbers/);
    assert.throws(() => jobOf({ figure: "mean", values: " , " }), /no numbers/);
});

test("an answer becomes a line", () => {
    const figure = { kind: "figure", answer: { figure: "mean", value: 2 / 3 } };
    assert.strictEqual(answerOf(figure), "mean: 0.666667");
    const text = { kind: "text", answer: { words: 3, lines: 1 } };
    assert.strictEqual(answerOf(text), "3 words, 1 lines");
    assert.strictEqual(answerOf({ kind: "text", answer: { error: "no text" } }), "no text");
    assert.strictEqual(answerOf({ kind: "text", answer: null }), "");
});
