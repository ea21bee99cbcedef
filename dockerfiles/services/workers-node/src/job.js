import { createHash } from "node:crypto";

/** What is wrong with a job. */
export class JobError extends Error {}

/** The answer to a job such as `{"text": "a b"}`. */
export function work(job) {
    if (typeof job?.text !== "string") throw new JobError("a job is an object with a text");
    const { text } = job;
    return {
        words: text.split(/\s+/u).filter(Boolean).length,
        lines: text === "" ? 0 : text.replace(/\n$/u, "").split("\n").length,
        sha256: createHash("sha256").update(text).digest("hex"),
    };
}
