"""Numbers without medicine: intervals for proportions and means."""
