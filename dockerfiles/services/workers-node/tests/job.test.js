import assert from "node:assert";
import { test } from "node:test";

import { JobError, work } from "../src/job.js";

test("a text is counted, and named by its digest", () => {
    const answer = work({ text: "one two\nthree\n" });
    assert.deepStrictEqual([answer.words, answer.lines], [3, 2]);
    // printf '' | sha256sum
    const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert.deepStrictEqual(work({ text: "" }), { words: 0, lines: 0, sha256: empty });
});

test("what is no job is refused", () => {
    for (const job of [null, {}, { text: 1 }, "text"]) {
        assert.throws(() => work(job), JobError);
    }
});
