import postgres from "postgres";

import { JobError } from "./job.js";

/** The jobs of one kind, in a table: each is taken by one worker, whoever else takes
 * some meanwhile. */
export class Queue {
    constructor(address, kind, name) {
        this.kind = kind;
        this.name = name;
        const connection = { application_name: name };
        this.sql = postgres(address, { max: 2, connect_timeout: 5, connection });
    }

    /** Works off one job, if there is one. A worker that dies in it loses nothing: the
     * row is free again as soon as its connection ends. */
    async workOne(work) {
        const done = await this.sql.begin(async (sql) => {
            // A row that another worker holds is passed over, not waited for.
            const [job] = await sql`
                select id, input from jobs
                where kind = ${this.kind} and state = 'waiting'
                order by id limit 1
                for update skip locked`;
            if (!job) return undefined;
            const { state, answer } = attempt(work, job.input);
            await sql`
                update jobs set state = ${state}, answer = ${sql.json(answer)},
                    worker = ${this.name}, finished_at = now()
                where id = ${job.id}`;
            return `job ${job.id}: ${state}`;
        });
        if (done) console.log(done);
        return done !== undefined;
    }

    /** Calls `told` whenever a job comes. */
    async listen(told) {
        await this.sql.listen("jobs", told);
    }

    async close() {
        await this.sql.end({ timeout: 2 });
    }
}

function attempt(work, input) {
    try {
        return { state: "done", answer: work(input) };
    } catch (error) {
        if (!(error instanceof JobError)) throw error;
        return { state: "failed", answer: { error: error.message } };
    }
}
