// Sizes and times as people read them.

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** A number of bytes with three digits, in decimal units as docker shows them. */
export function bytes(number) {
    let value = number;
    let unit = 0;
    while (value >= 999.5 && unit < UNITS.length - 1) {
        value /= 1000;
        unit += 1;
    }
    return `${unit === 0 ? value : value.toPrecision(3)} ${UNITS[unit]}`;
}

/** A number of seconds. */
export function seconds(number) {
    if (number < 1) return `${Math.round(number * 1000)} ms`;
    if (number < 60) return `${number.toFixed(1)} s`;
    const whole = Math.round(number);
    return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
