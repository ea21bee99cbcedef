import { app } from "./app";
import { orders } from "./database";

const database = orders(process.env.DATABASE_URL ?? "postgresql://pilotpros_user@postgres-dev/pilotpros_db");
const port = Number(process.env.PORT ?? 3001);
const server = app(database).listen(port, () => console.log(`listening on port ${port}`));

// As process 1 it would not end otherwise. Requests that were begun are answered.
for (const signal of ["SIGTERM", "SIGINT"]) {
    process.on(signal, () => {
        server.close(() => database.close());
        server.closeIdleConnections();
    });
}
