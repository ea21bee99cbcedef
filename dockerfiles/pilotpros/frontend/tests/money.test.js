import assert from "node:assert/strict";
import { test } from "node:test";

import { cents, money } from "../src/money.js";

test("cents are written with two digits and commas", () => {
    const cases = [[0, "0.00"], [5, "0.05"], [123456, "1,234.56"], [100000000, "1,000,000.00"]];
    for (const [amount, text] of cases) assert.equal(money(amount), text);
});

test("what is no amount is none", () => {
    const cases = [["12", 1200], ["12.5", 1250], ["0,05", 5], [" 3.10 ", 310]];
    for (const [text, amount] of cases) assert.equal(cents(text), amount);
    for (const text of ["", "0", "-1", "1.234", "a", "1.2.3"]) assert.equal(cents(text), undefined);
});
