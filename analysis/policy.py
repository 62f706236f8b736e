"""The release policies by name: who looks decides what is withheld."""

from analysis.errors import UnknownName

LOCAL, SHARED = "local", "shared"
POLICIES = {
    LOCAL: "Nothing is withheld: for people who may see the records themselves.",
    SHARED: "Counts under 11, and whatever would give them back, are withheld.",
}
# What may be shown at least where policy `shared` withholds.
SMALLEST = 11


def check_policy(policy: str) -> str:
    """Return the policy's name; raises UnknownName."""
    if policy not in POLICIES:
        raise UnknownName("release policy", policy, POLICIES)
    return policy
