"""Work that is due from time to time, each run in a process of its own that ends with it."""
