//! The contract: record, metrics catalogue, schema, reader and writer
