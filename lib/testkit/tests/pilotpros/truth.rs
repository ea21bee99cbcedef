//! What the report must say: counted from the rules of `database/init`, not by a database.

use std::collections::BTreeMap;

use serde_json::{Value, json};

const ORDERS: u64 = 100_000;
const REGIONS: [&str; 4] = ["north", "east", "south", "west"];

/// What the backend answers to `/api/report` of the whole year.
pub(crate) fn report() -> Value {
    let mut cents: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    // First day, last day and orders of each customer: what lies between is waited.
    let mut visits: BTreeMap<u64, (u64, u64, u64)> = BTreeMap::new();
    for n in 1..=ORDERS {
        let (customer, day) = (1 + n * 7919 % 1000, n * 31 % 365);
        cents.entry(region(customer)).or_default().push(100 + n * 7907 % 100_000);
        let (first, last, orders) = visits.entry(customer).or_insert((day, day, 0));
        (*first, *last, *orders) = (day.min(*first), day.max(*last), *orders + 1);
    }
    let rows = cents.into_iter().map(|(name, mut cents)| {
        cents.sort_unstable();
        let middle = cents.len() / 2;
        let own = || visits.iter().filter(|(customer, _)| region(**customer) == name);
        let days: u64 = own().map(|(_, (first, last, _))| last - first).sum();
        let waits: u64 = own().map(|(_, (_, _, orders))| orders - 1).sum();
        json!({
            "region": name,
            "orders": cents.len(),
            "customers": own().count(),
            "cents": cents.iter().sum::<u64>(),
            "median_cents": number((cents[middle - 1] + cents[middle]) as f64 / 2.0),
            "days_between": (days as f64 / waits as f64 * 1e3).round() / 1e3,
        })
    });
    Value::Array(rows.collect())
}

fn region(customer: u64) -> &'static str {
    REGIONS[usize::try_from(customer % 4).unwrap()]
}

/// As JavaScript writes it: a whole number without a point.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 {
        json!(serde_json::from_str::<u64>(&value.to_string()).unwrap())
    } else {
        json!(value)
    }
}
