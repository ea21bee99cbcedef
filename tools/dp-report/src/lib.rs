//! What changed, is it real, is it allowed?
