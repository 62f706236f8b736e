"""One page a file: it arranges what others compute and draw."""

# The pages beside Program by file and address, in the order of the navigation.
FURTHER = {
    "outcomes": "Outcomes",
    "trajectories": "Trajectories",
    "durability": "Durability",
    "compare": "Compare",
    "sensitivity": "Sensitivity",
    "course": "Course",
    "methods": "Instruments and methods",
}
