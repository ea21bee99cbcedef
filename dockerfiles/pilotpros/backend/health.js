// Ends with 0 if the service answers and its database does.
const port = process.env.PORT ?? 3001;

fetch(`http://127.0.0.1:${port}/health`).then(
    (answer) => process.exit(answer.ok ? 0 : 1),
    () => process.exit(1),
);
