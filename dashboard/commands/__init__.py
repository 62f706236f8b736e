"""One command a file; each has `run(options)`."""
