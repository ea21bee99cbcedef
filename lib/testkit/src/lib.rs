//! For tests only: engines, recordings, schema check
