import { app } from "./app";

const port = Number(process.env.PORT ?? 3001);
const server = app().listen(port, () => console.log(`listening on port ${port}`));

// As process 1 it would not end otherwise.
for (const signal of ["SIGTERM", "SIGINT"]) {
    process.on(signal, () => {
        server.close();
        server.closeAllConnections();
    });
}
