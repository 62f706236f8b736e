"""Comparing groups: crude and adjusted differences, shown only where they can be defended."""
