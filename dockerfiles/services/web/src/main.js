import "./style.css";
import { answerOf, jobOf } from "./jobs.js";

const status = document.querySelector("[role=status]");
const rows = document.querySelector("tbody");

async function show() {
    const answer = await fetch("/api/jobs");
    if (!answer.ok) throw new Error(`the service answers ${answer.status}`);
    const jobs = await answer.json();
    rows.replaceChildren(...jobs.map(row));
    return jobs.some((job) => job.state === "waiting");
}

function row(job) {
    const tr = document.createElement("tr");
    tr.dataset.state = job.state;
    for (const text of [job.id, job.kind, job.state, answerOf(job)]) {
        tr.append(Object.assign(document.createElement("td"), { textContent: text }));
    }
    return tr;
}

async function add(form) {
    const body = JSON.stringify(jobOf(Object.fromEntries(new FormData(form))));
    const headers = { "content-type": "application/json" };
    const answer = await fetch("/api/jobs", { method: "POST", headers, body });
    if (!answer.ok) throw new Error((await answer.json()).error);
    form.reset();
}

/** Shows the jobs, and again as long as one is waiting. */
async function follow() {
    try {
        const waiting = await show();
        status.textContent = "";
        if (waiting) setTimeout(follow, 500);
    } catch (error) {
        status.textContent = error.message;
    }
}

for (const form of document.forms) {
    form.addEventListener("submit", (event) => {
        event.preventDefault();
        add(form).then(follow, (error) => (status.textContent = error.message));
    });
}
follow();
