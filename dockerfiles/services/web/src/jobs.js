/** The input of a job, as the form of its kind has it. */
export function jobOf(fields) {
    if ("text" in fields) return { kind: "text", input: { text: fields.text } };
    const values = fields.values.split(/[\s,]+/u).filter(Boolean).map(Number);
    if (values.length === 0 || values.some(Number.isNaN)) throw new Error("these are no numbers");
    return { kind: "figure", input: { figure: fields.figure, values } };
}

/** An answer as a line of text. */
export function answerOf(job) {
    const { answer } = job;
    if (!answer) return "";
    if (answer.error) return answer.error;
    if (job.kind === "figure") return `${answer.figure}: ${Number(answer.value.toPrecision(6))}`;
    return `${answer.words} words, ${answer.lines} lines`;
}
