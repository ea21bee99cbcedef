import { defineConfig } from "vite";

const api = process.env.API_URL ?? "http://api:3001";

export default defineConfig({
    build: { assetsDir: "assets", sourcemap: false },
    // For developing: as nginx.conf does it for the built pages.
    server: {
        host: true,
        port: 8080,
        strictPort: true,
        proxy: { "/api": { target: api, rewrite: (path) => path.replace(/^\/api/u, "") } },
    },
});
