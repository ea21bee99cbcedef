//! All that talks to Docker: connect, build, image (knows no record)
