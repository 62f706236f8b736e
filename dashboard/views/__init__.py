"""One page a file: it arranges what others compute and draw."""
