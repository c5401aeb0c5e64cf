/** A driver that takes its process down. */
process.abort();
