import postgres from "postgres";

/** What the service asks of its database. */
export interface Jobs {
    /** Answers as long as the database does. */
    alive(): Promise<void>;
    add(kind: string, input: unknown): Promise<number>;
    find(id: number): Promise<Job | undefined>;
    recent(limit: number): Promise<Job[]>;
    close(): Promise<void>;
}

export interface Job {
    id: number;
    kind: string;
    state: string;
    answer: unknown;
    worker: string | null;
}

/** The jobs in a PostgreSQL database, which the migrations have made. */
export function jobs(url: string): Jobs {
    const sql = postgres(url, { max: 5, connect_timeout: 5, onnotice: () => {} });
    return {
        async alive() {
            await sql`select 1`;
        },
        async add(kind, input) {
            const value = sql.json(input as postgres.JSONValue);
            const [row] = await sql`
                insert into jobs (kind, input) values (${kind}, ${value}) returning id`;
            return Number(row.id);
        },
        async find(id) {
            const [row] = await sql`
                select id, kind, state, answer, worker from jobs where id = ${id}`;
            return row && job(row);
        },
        async recent(limit) {
            const rows = await sql`
                select id, kind, state, answer, worker from jobs order by id desc limit ${limit}`;
            return rows.map(job);
        },
        async close() {
            await sql.end({ timeout: 2 });
        },
    };
}

function job(row: postgres.Row): Job {
    const { kind, state, answer, worker } = row;
    return { id: Number(row.id), kind, state, answer, worker };
}
