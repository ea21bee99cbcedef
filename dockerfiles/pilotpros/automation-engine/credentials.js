// Prints the account of the database as n8n imports it.
const { env } = process;
const data = {
    host: env.DB_POSTGRESDB_HOST,
    database: env.DB_POSTGRESDB_DATABASE,
    user: env.DB_POSTGRESDB_USER,
    password: env.DB_POSTGRESDB_PASSWORD,
    port: 5432,
    ssl: "disable",
};

console.log(JSON.stringify([{ id: "orders", name: "orders", type: "postgres", data }]));
