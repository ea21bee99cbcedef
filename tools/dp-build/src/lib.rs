//! How long does this build take, and where does the time go?
