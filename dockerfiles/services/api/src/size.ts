// Sizes as people write them: `1.5GB` is 1,500,000,000 bytes, `1GiB` 1,073,741,824.

const DECIMAL = ["", "k", "m", "g", "t"];

/** The bytes of a size; undefined if it is none. */
export function bytes(text: string): number | undefined {
    const found = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?$/i.exec(text.trim());
    if (!found) return undefined;
    const [, number, letter, binary] = found;
    const power = DECIMAL.indexOf(letter.toLowerCase());
    if (binary && power === 0) return undefined;
    return Math.round(Number(number) * (binary ? 1024 : 1000) ** power);
}
