// Tables whose rows are sorted by a click on the head of a column.
import { bytes, seconds } from "./units.js";

/** What a cell says, and by what it is sorted: a number where `data-bytes` or
 * `data-seconds` has one, else its text. */
export function valueOf(cell) {
    if (cell.dataset.bytes !== undefined) return Number(cell.dataset.bytes);
    if (cell.dataset.seconds !== undefined) return Number(cell.dataset.seconds);
    return cell.textContent;
}

function compare(one, other) {
    if (typeof one === "number" && typeof other === "number") return one - other;
    return String(one).localeCompare(String(other));
}

function sort(table, column) {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    rows.sort((one, other) => compare(valueOf(one.cells[column]), valueOf(other.cells[column])));
    body.replaceChildren(...rows);
}

/** Makes all tables of a document sortable, and writes their figures out. */
export function prepare(document) {
    for (const cell of document.querySelectorAll("[data-bytes]")) {
        cell.textContent = bytes(valueOf(cell));
    }
    for (const cell of document.querySelectorAll("[data-seconds]")) {
        cell.textContent = seconds(valueOf(cell));
    }
    for (const table of document.querySelectorAll("table")) {
        for (const head of table.tHead?.rows[0]?.cells ?? []) {
            head.addEventListener("click", () => sort(table, head.cellIndex));
        }
    }
}

if (typeof document !== "undefined") prepare(document);
