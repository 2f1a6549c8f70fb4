"""A simulated options exchange to run, demonstrate, test and measure voltape against.

It speaks the venue's public option socket and REST, makes its market from a seed, and fails on
request. It shares no code with the product's parser, so that the two cannot agree on a mistake.
"""
