import express, { Express } from "express";

import { bytes } from "./size";

/** The service without its socket, so that tests can have one of their own. */
export function app(): Express {
    const app = express();
    app.get("/health", (_request, response) => {
        response.json({ status: "ok" });
    });
    app.get("/bytes/:size", (request, response) => {
        const found = bytes(request.params.size);
        if (found === undefined) {
            response.status(400).json({ error: "no size, such as 1.5GB" });
        } else {
            response.json({ bytes: found });
        }
    });
    return app;
}
