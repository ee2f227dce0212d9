"""`make bench`: how long the heavy things take on this machine. One module for each theme, each with `run()`."""
