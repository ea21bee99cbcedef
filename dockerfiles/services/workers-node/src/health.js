// Ends with 0 if the database still knows this worker's connection.
import { hostname } from "node:os";
import postgres from "postgres";

const sql = postgres(process.env.DATABASE_URL ?? "postgresql://jobs@db/jobs", {
    max: 1,
    connect_timeout: 2,
});
const [{ count }] = await sql`
    select count(*)::int from pg_stat_activity where application_name = ${hostname()}`;
await sql.end();
process.exit(count > 0 ? 0 : 1);
