// Ends with 0 if the engine answers, its database does, and it has begun to take requests.
fetch("http://127.0.0.1:5678/healthz/readiness").then(
    (answer) => process.exit(answer.ok ? 0 : 1),
    () => process.exit(1),
);
