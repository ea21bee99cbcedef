import express, { Express, NextFunction, Request, Response } from "express";

import { Jobs } from "./database";
import { bytes } from "./size";

const KINDS = ["figure", "text"];

/** The service without its socket, so that tests can have one of their own. */
export function app(jobs: Jobs): Express {
    const app = express();
    app.disable("x-powered-by");
    app.use(express.json({ limit: "100kb" }));
    app.get("/live", (_request, response) => {
        response.json({ status: "ok" });
    });
    app.get("/health", async (_request, response) => {
        try {
            await jobs.alive();
            response.json({ status: "ok" });
        } catch (error) {
            response.status(503).json({ status: "no database", error: String(error) });
        }
    });
    app.get("/bytes/:size", (request, response) => {
        const found = bytes(request.params.size);
        if (found === undefined) {
            response.status(400).json({ error: "no size, such as 1.5GB" });
        } else {
            response.json({ bytes: found });
        }
    });
    app.get("/jobs", guarded(async (_request, response) => {
        response.json(await jobs.recent(20));
    }));
    app.post("/jobs", guarded(async (request, response) => {
        const { kind, input } = request.body ?? {};
        if (!KINDS.includes(kind) || input === undefined) {
            response.status(400).json({ error: `a job has a kind (${KINDS}) and an input` });
            return;
        }
        response.status(201).json({ id: await jobs.add(kind, input) });
    }));
    app.get("/jobs/:id", guarded(async (request, response) => {
        const id = Number(request.params.id);
        const found = Number.isSafeInteger(id) ? await jobs.find(id) : undefined;
        if (found) {
            response.json(found);
        } else {
            response.status(404).json({ error: "no such job" });
        }
    }));
    app.use((error: { status?: number }, _: Request, response: Response, _next: NextFunction) => {
        const status = error.status ?? 500;
        if (status >= 500) console.error(error);
        response.status(status).json({ error: status < 500 ? "not understood" : "failed" });
    });
    return app;
}

/** A handler whose failure becomes an answer. */
function guarded(handler: (request: Request, response: Response) => Promise<void>) {
    return (request: Request, response: Response, next: NextFunction) => {
        handler(request, response).catch(next);
    };
}
