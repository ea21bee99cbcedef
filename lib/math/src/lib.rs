//! Samples, summaries, rank tests and intervals (pure)
