"""`python -m voltape.sim`: the simulated exchange alone."""

from voltape.sim.command import sim

if __name__ == "__main__":
    sim()
