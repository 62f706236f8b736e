"""One picture a file: `figure(frame, ...)` returns a Plotly figure and computes nothing."""
