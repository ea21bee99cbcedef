// Works off jobs until it is told to end.
import { once } from "node:events";
import { hostname } from "node:os";
import { setTimeout } from "node:timers/promises";

import { work } from "./job.js";
import { Queue } from "./queue.js";

const address = process.env.DATABASE_URL ?? "postgresql://jobs@db/jobs";
// How long it tries to reach its database, in seconds.
const patience = Number(process.env.DATABASE_PATIENCE ?? 30);

const ending = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => ending.abort());
const told = new EventTarget();

/** True as soon as the database answers, false if the worker is told to end. */
async function connected(queue) {
    const until = Date.now() + 1000 * patience;
    while (!ending.signal.aborted) {
        try {
            await queue.listen(() => told.dispatchEvent(new Event("job")));
            return true;
        } catch (error) {
            if (Date.now() > until) throw new Error("no database", { cause: error });
            await setTimeout(500);
        }
    }
    return false;
}

/** Until a job is told of, for a second at most, or until the worker is to end. */
async function wait() {
    const signal = AbortSignal.any([ending.signal, AbortSignal.timeout(1000)]);
    await once(told, "job", { signal }).catch(() => {});
}

console.log("looking for the database");
const queue = new Queue(address, "text", hostname());
if (await connected(queue)) {
    console.log("waiting for jobs");
    while (!ending.signal.aborted) {
        if (!(await queue.workOne(work))) await wait();
    }
}
await queue.close();
console.log("ended");
