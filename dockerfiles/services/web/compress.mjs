// compress.mjs FOLDER: beside each file that gets smaller by it, the same compressed,
// as nginx's gzip_static looks for it.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { constants, gzipSync } from "node:zlib";

const TEXTS = /\.(html|css|js|svg|json|txt)$/u;

for (const entry of readdirSync(process.argv[2], { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !TEXTS.test(entry.name)) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const content = readFileSync(path);
    const compressed = gzipSync(content, { level: constants.Z_BEST_COMPRESSION });
    if (compressed.length < content.length) writeFileSync(`${path}.gz`, compressed);
}
