/** Cents as people write them: 1234567 is "12,345.67". */
export function money(cents) {
    const [whole, rest] = (cents / 100).toFixed(2).split(".");
    return `${whole.replace(/\B(?=(\d{3})+$)/gu, ",")}.${rest}`;
}

/** Cents of what somebody typed; undefined if it is no amount. */
export function cents(text) {
    const found = /^\s*(\d+)(?:[.,](\d{1,2}))?\s*$/u.exec(text);
    if (!found) return undefined;
    const amount = Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0"));
    return amount > 0 ? amount : undefined;
}
