#!/usr/bin/env python3
"""Writes expected.csv: what rank tests and their intervals must give, by other means than ours.

    python3 -m venv /tmp/scipy && /tmp/scipy/bin/pip install scipy==1.17.1
    /tmp/scipy/bin/python make_expected.py > expected.csv

p is counted in whole numbers, and this stops unless scipy says the same: without ties by
method="exact", with ties by permuting all arrangements (small samples; compared with an enumeration
of our own too). The column source says which; "counting" is left to larger samples with ties.
Intervals: all pairwise values, sorted, and the tie-free null counted in whole numbers.
Large samples ("scipy asymptotic"): p is scipy's normal approximation with continuity correction.
"""
import itertools
import random
import sys
from fractions import Fraction
from math import comb

import scipy
from scipy.stats import PermutationMethod, mannwhitneyu, norm, wilcoxon

ALL = PermutationMethod(n_resamples=10**9)


def midranks(values):
    """Doubled midranks: values below, twice, plus values equal, plus one."""
    return [2 * sum(w < v for w in values) + sum(w == v for w in values) + 1 for v in values]


def choices(ranks, k):
    """How often each sum of k of the ranks occurs."""
    counts = [{} for _ in range(k + 1)]
    counts[0][0] = 1
    for rank in ranks:
        for size in range(k, 0, -1):
            for total, ways in counts[size - 1].items():
                counts[size][total + rank] = counts[size].get(total + rank, 0) + ways
    return counts[k]


def signs(ranks):
    """How often each sum of ranks with a plus occurs over all signs."""
    counts = {0: 1}
    for rank in ranks:
        after = dict(counts)
        for total, ways in counts.items():
            after[total + rank] = after.get(total + rank, 0) + ways
        counts = after
    return counts


def two_sided(counts, seen):
    everything = sum(counts.values())
    low = sum(ways for total, ways in counts.items() if total <= seen)
    high = sum(ways for total, ways in counts.items() if total >= seen)
    return min(Fraction(1), 2 * Fraction(min(low, high), everything))


def enumerated(arrangements, seen):
    counts = {}
    for total in arrangements:
        counts[total] = counts.get(total, 0) + 1
    return two_sided(counts, seen)


def agreed(name, case, p, *others):
    for other in others:
        if abs(float(p) - float(other)) > 1e-12:
            sys.exit(f"{name} {case}: {float(p)} against {float(other)}")


def rank_sum(a, b):
    ranks, k = midranks(a + b), len(a)
    seen = sum(ranks[:k])
    p = two_sided(choices(ranks, k), seen)
    u = mannwhitneyu(a, b, method="asymptotic").statistic
    if len(set(a + b)) == len(a + b):
        agreed("rank_sum", (a, b), p, mannwhitneyu(a, b, method="exact").pvalue)
        return u, p, "scipy exact"
    if comb(len(a + b), k) <= 200_000:
        ours = enumerated(map(sum, itertools.combinations(ranks, k)), seen)
        agreed("rank_sum", (a, b), p, ours, mannwhitneyu(a, b, method=ALL).pvalue)
        return u, p, "scipy permutation"
    return u, p, "counting"


def signed_rank(differences):
    nonzero = [d for d in differences if d != 0]
    ranks = midranks([abs(d) for d in nonzero])
    seen = sum(r for r, d in zip(ranks, nonzero) if d > 0)
    p = two_sided(signs(ranks), seen)
    statistic = seen / 2
    if not nonzero:
        return statistic, p, "counting"
    if len(set(map(abs, differences))) == len(differences) and len(nonzero) == len(differences):
        agreed("signed_rank", differences, p, wilcoxon(differences, method="exact").pvalue)
        return statistic, p, "scipy exact"
    if len(nonzero) <= 13:
        pluses = itertools.product((0, 1), repeat=len(ranks))
        sums = (sum(r for r, plus in zip(ranks, s) if plus) for s in pluses)
        agreed("signed_rank", differences, p, enumerated(sums, seen),
               wilcoxon(nonzero, method=ALL).pvalue)
        return statistic, p, "scipy permutation"
    return statistic, p, "counting"


def median_of(values):
    return (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2


def interval(values, counts, alpha):
    """Estimate, ends and coverage, from all pairwise values and the counts of the tie-free null."""
    values = sorted(values)
    everything, below, tail = sum(counts.values()), -1, Fraction(0)
    least = min(counts)
    while True:
        more = tail + 2 * Fraction(counts[least + 2 * (below + 1)], everything)
        if more > Fraction(alpha):
            break
        below, tail = below + 1, more
    if below < 0:
        return [""] * 4
    return [median_of(values), values[below], values[-1 - below], float(1 - tail)]


def normal_interval(values, sd, alpha):
    """The same with a normal null of mean len(values) / 2, corrected for continuity."""
    values = sorted(values)

    def p(c):
        return 2 * norm.sf((len(values) / 2 - c - 0.5) / sd)

    c = max(c for c in range(len(values) // 2) if p(c) <= float(alpha))
    return [median_of(values), values[c], values[-1 - c], 1 - p(c)]


def separate(a, b, alpha):
    ranks = [2 * (i + 1) for i in range(len(a + b))]
    return interval([y - x for x in a for y in b], choices(ranks, len(a)), alpha)


def paired(d, alpha):
    ranks = [2 * (i + 1) for i in range(len(d))]
    pairs = itertools.combinations_with_replacement(d, 2)
    return interval([(x + y) / 2 for x, y in pairs], signs(ranks), alpha)


def large_separate(rng, n, m, shift, alpha):
    a = [rng.randint(0, 80) for _ in range(n)]
    b = [rng.randint(0, 80) + shift for _ in range(m)]
    result = mannwhitneyu(a, b, method="asymptotic")
    sd = (n * m * (n + m + 1) / 12) ** 0.5
    ends = normal_interval([y - x for x in a for y in b], sd, alpha)
    return "rank_sum", a, b, alpha, result.statistic, result.pvalue, ends


def large_paired(rng, n, alpha):
    d = [rng.randint(-50, 60) for _ in range(n)]
    result = wilcoxon(d, method="asymptotic", correction=True, alternative="two-sided")
    plus = wilcoxon(d, method="asymptotic", alternative="greater").statistic
    sd = (n * (n + 1) * (2 * n + 1) / 24) ** 0.5
    averages = [(x + y) / 2 for x, y in itertools.combinations_with_replacement(d, 2)]
    ends = normal_interval(averages, sd, alpha)
    return "signed_rank", d, [], alpha, plus, result.pvalue, ends


def large_cases(rng):
    yield large_separate(rng, 110, 130, 9, "0.01")
    yield large_separate(rng, 200, 101, 9, "0.05")
    yield large_separate(rng, 150, 140, 0, "0.05")
    yield large_paired(rng, 230, "0.01")
    yield large_paired(rng, 260, "0.05")


def rank_sum_cases(rng):
    yield [1, 2, 3], [4, 5, 6], "0.1"
    yield [1, 2, 3, 4], [5, 6, 7, 8], "0.05"
    yield [1, 2, 3, 4, 5], [6, 7, 8, 9, 10], "0.01"
    yield [6, 7, 8, 9, 10], [1, 2, 3, 4, 5], "0.01"
    yield [5, 5, 5], [5, 5, 5, 5], "0.05"
    yield [5, 5, 5, 5, 5], [6, 6, 6, 6, 6], "0.01"
    yield [1], [2], "0.05"
    yield [1], list(range(2, 32)), "0.1"
    sizes = [(3, 7), (7, 3), (4, 6), (6, 4), (5, 5), (5, 12), (12, 5), (8, 8), (10, 9), (9, 10),
             (10, 10), (3, 30), (30, 3), (15, 20), (20, 15), (20, 20), (30, 30)]
    for n, m in sizes:
        for alpha in ("0.05", "0.01"):
            values = rng.sample(range(1000, 2000), n + m)
            shift = rng.choice([0, 200.5, 600.5])
            yield [v / 1000 for v in values[:n]], [(v + shift) / 1000 for v in values[n:]], alpha
        shift = rng.choice([0, 1, 3])
        yield ([rng.randint(1, 6) for _ in range(n)],
               [rng.randint(1, 6) + shift for _ in range(m)], "0.05")


def signed_rank_cases(rng):
    yield list(range(1, 9)), "0.01"
    yield [-d for d in range(1, 9)], "0.01"
    yield list(range(1, 8)), "0.01"
    yield [0, 0, 0], "0.05"
    yield [1], "0.05"
    yield [3, 3, 3, 3, 3, 3, 3, 3], "0.01"
    for n in [3, 5, 6, 7, 8, 9, 10, 12, 13, 15, 20, 25, 30]:
        for alpha in ("0.05", "0.01"):
            sizes = rng.sample(range(1, 1000), n)
            bias = rng.choice([0.5, 0.8, 0.95])
            yield [s / 8 if rng.random() < bias else -s / 8 for s in sizes], alpha
        yield [rng.randint(-3, 5) for _ in range(n)], "0.05"


def words(values):
    return " ".join(format(v, "g") if v == int(v) else repr(v) for v in values)


def line(test, source, a, b, alpha, statistic, p, ends):
    row = [alpha, float(statistic), repr(float(p))]
    row += [end if end == "" else repr(float(end)) for end in ends]
    print(test, source, words(a), words(b), *row, sep=",")


def main():
    rng = random.Random(20)
    print(f"# Written by make_expected.py with scipy {scipy.__version__}: do not edit.")
    print("test,source,a,b,alpha,statistic,p,estimate,low,high,coverage")
    for a, b, alpha in rank_sum_cases(rng):
        u, p, source = rank_sum(a, b)
        line("rank_sum", source, a, b, alpha, u, p, separate(a, b, alpha))
    for d, alpha in signed_rank_cases(rng):
        t, p, source = signed_rank(d)
        line("signed_rank", source, d, [], alpha, t, p, paired(d, alpha))
    for test, *rest in large_cases(rng):
        line(test, "scipy asymptotic", *rest)


if __name__ == "__main__":
    main()
