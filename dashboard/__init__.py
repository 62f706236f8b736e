"""The screen and the command line over the engine."""

# How `serve` tells the dashboard's process what to show and under which release policy.
STORE_VARIABLE = "TRD_OUTCOMES_STORE"
RELEASE_VARIABLE = "TRD_OUTCOMES_RELEASE"
# How many seconds a question may take, and how many processes serve the same readers.
LIMIT_VARIABLE = "TRD_OUTCOMES_QUERY_LIMIT"
PROCESSES_VARIABLE = "TRD_OUTCOMES_PROCESSES"
# The seal of the store that `serve` has opened and compared with its manifest.
SEAL_VARIABLE = "TRD_OUTCOMES_SEAL"
QUERY_LIMIT = 10.0
