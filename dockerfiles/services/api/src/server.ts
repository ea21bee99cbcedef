import { app } from "./app";
import { jobs } from "./database";

const database = jobs(process.env.DATABASE_URL ?? "postgresql://jobs@db/jobs");
const port = Number(process.env.PORT ?? 3001);
const server = app(database).listen(port, () => console.log(`listening on port ${port}`));

// As process 1 it would not end otherwise. Requests that were begun are answered.
for (const signal of ["SIGTERM", "SIGINT"]) {
    process.on(signal, () => {
        server.close(() => database.close());
        server.closeIdleConnections();
    });
}
