"""The screen and the command line over the engine."""
