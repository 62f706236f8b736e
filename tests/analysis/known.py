"""Figures that a test knows to be there, although their type allows None."""


def known(found):
    """Return what was found; a figure that is None after all fails where it is compared."""
    return found
