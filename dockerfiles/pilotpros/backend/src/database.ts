import postgres from "postgres";

/** What the service asks of its database. */
export interface Orders {
    /** Answers as long as the database does. */
    alive(): Promise<void>;
    find(id: number): Promise<Order | undefined>;
    newest(customer: number, limit: number): Promise<Order[]>;
    report(from: string, to: string): Promise<Region[]>;
    close(): Promise<void>;
}

export interface Order {
    id: number;
    customer: number;
    placed_on: string;
    amount_cents: number;
    process: string | null;
}

/** What was ordered in a region, and how often its customers come back. */
export interface Region {
    region: string;
    orders: number;
    customers: number;
    cents: number;
    median_cents: number;
    days_between: number | null;
}

/** The orders in a PostgreSQL database. */
export function orders(url: string): Orders {
    const sql = postgres(url, { max: 10, connect_timeout: 5, onnotice: () => {} });
    const columns = sql`id, customer_id, placed_on::text, amount_cents, process`;
    return {
        async alive() {
            await sql`select 1`;
        },
        async find(id) {
            const [row] = await sql`select ${columns} from orders where id = ${id}`;
            return row && order(row);
        },
        async newest(customer, limit) {
            const rows = await sql`
                select ${columns} from orders where customer_id = ${customer}
                order by placed_on desc, id desc limit ${limit}`;
            return rows.map(order);
        },
        async report(from, to) {
            const rows = await sql`
                with visits as (
                    select customers.region, orders.customer_id, orders.amount_cents,
                        orders.placed_on - lag(orders.placed_on) over (
                            partition by orders.customer_id order by orders.placed_on, orders.id
                        ) as waited
                    from orders join customers on customers.id = orders.customer_id
                    where orders.placed_on between ${from}::date and ${to}::date
                )
                select region, count(*) as orders, count(distinct customer_id) as customers,
                    sum(amount_cents) as cents,
                    percentile_cont(0.5) within group (order by amount_cents) as median_cents,
                    round(avg(waited), 3) as days_between
                from visits group by region order by region`;
            return rows.map(({ region, days_between, ...figures }) => ({
                region,
                orders: Number(figures.orders),
                customers: Number(figures.customers),
                cents: Number(figures.cents),
                median_cents: Number(figures.median_cents),
                days_between: days_between === null ? null : Number(days_between),
            }));
        },
        async close() {
            await sql.end({ timeout: 2 });
        },
    };
}

function order(row: postgres.Row): Order {
    const { placed_on, process } = row;
    const [id, customer] = [Number(row.id), Number(row.customer_id)];
    return { id, customer, placed_on, amount_cents: Number(row.amount_cents), process };
}
