import express, { Express, NextFunction, Request, Response } from "express";

import { Orders } from "./database";

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The service without its socket, so that tests can have one of their own. */
export function app(orders: Orders): Express {
    const app = express();
    app.disable("x-powered-by");
    app.get("/health", async (_request, response) => {
        try {
            await orders.alive();
            response.json({ status: "ok" });
        } catch (error) {
            response.status(503).json({ status: "no database", error: String(error) });
        }
    });
    // Of a period: nothing is lost if it is some minutes old.
    app.get("/api/report", guarded(async (request, response) => {
        const { from = "2025-01-01", to = "2025-12-31" } = request.query;
        if (!day(from) || !day(to)) {
            response.status(400).json({ error: "a day is written 2025-12-31" });
            return;
        }
        response.json(await orders.report(from, to));
    }));
    // What somebody has just written: nobody may keep it.
    app.use("/api/orders", (_request, response, next) => {
        response.set("Cache-Control", "no-store");
        next();
    });
    app.get("/api/orders", guarded(async (request, response) => {
        const customer = Number(request.query.customer);
        if (!Number.isSafeInteger(customer)) {
            response.status(400).json({ error: "of whom? ?customer=1" });
            return;
        }
        response.json(await orders.newest(customer, 20));
    }));
    app.get("/api/orders/:id", guarded(async (request, response) => {
        const id = Number(request.params.id);
        const found = Number.isSafeInteger(id) ? await orders.find(id) : undefined;
        if (found) {
            response.json(found);
        } else {
            response.status(404).json({ error: "no such order" });
        }
    }));
    app.use((error: { status?: number }, _: Request, response: Response, _next: NextFunction) => {
        const status = error.status ?? 500;
        if (status >= 500) console.error(error);
        response.status(status).json({ error: status < 500 ? "not understood" : "failed" });
    });
    return app;
}

/** A day of the calendar. */
function day(text: unknown): text is string {
    return typeof text === "string" && DAY.test(text) && !Number.isNaN(Date.parse(text));
}

/** A handler whose failure becomes an answer. */
function guarded(handler: (request: Request, response: Response) => Promise<void>) {
    return (request: Request, response: Response, next: NextFunction) => {
        handler(request, response).catch(next);
    };
}
