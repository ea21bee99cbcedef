//! How many bytes has this image, and where do they come from?
