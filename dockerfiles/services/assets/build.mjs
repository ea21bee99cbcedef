// build.mjs FOLDER          minified files whose names hold a digest of their content,
//                           each compressed too, and manifest.json with the names
// build.mjs --serve PORT    for developing: served as they are, built anew when asked for
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { build, context } from "esbuild";

export const SOURCES = ["src/base.css", "src/table.js"];
const options = { entryPoints: SOURCES, bundle: true, format: "esm", target: "es2020" };

const COMPRESSED = {
    ".gz": (content) => gzipSync(content, { level: constants.Z_BEST_COMPRESSION }),
    ".br": (content) => brotliCompressSync(content),
};

async function distribute(folder) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const built = await build({
        ...options,
        minify: true,
        entryNames: "[name]-[hash]",
        outdir: folder,
        metafile: true,
    });
    const manifest = {};
    for (const [path, { entryPoint }] of Object.entries(built.metafile.outputs)) {
        manifest[basename(entryPoint)] = relative(folder, path);
        const content = readFileSync(path);
        for (const [suffix, compress] of Object.entries(COMPRESSED)) {
            writeFileSync(path + suffix, compress(content));
        }
    }
    writeFileSync(join(folder, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

async function serve(port) {
    const served = await context({ ...options, outdir: "/tmp/assets", sourcemap: "inline" });
    const { port: actual } = await served.serve({ port, host: "0.0.0.0" });
    console.log(`listening on port ${actual}`);
    for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => served.dispose());
}

const [word, value] = process.argv.slice(2);
if (word === "--serve") await serve(Number(value));
else await distribute(word);
