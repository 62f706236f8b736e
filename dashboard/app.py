"""The script of every session: it waits for the server's warm-up and draws the page."""

from dashboard import warm


def run() -> None:
    """Draw the page that was asked for."""
    warm.wait()
    from dashboard import screen  # here, since the warm-up may be importing it

    screen.draw()


run()
