import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

export default defineConfig({
    plugins: [vue()],
    build: { assetsDir: "assets", sourcemap: false },
    // In a container everybody may ask; which of them reach it is said by nginx.
    server: { host: true, port: 3000, strictPort: true },
});
