//! Dockerfile instructions with lines, stages and .dockerignore (pure)
