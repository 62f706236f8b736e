"""The screen and the command line over the engine."""

# How `serve` tells the dashboard's process what to show and under which release policy.
STORE_VARIABLE = "TRD_OUTCOMES_STORE"
RELEASE_VARIABLE = "TRD_OUTCOMES_RELEASE"
