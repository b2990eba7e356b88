"""The data tier: programs as data, run by the thousand in one binary that holds the frame shapes.

tables.py   a seed -> a table of functions and many programs over it
wire.py     a table and programs -> the words that the driver reads, and the words that it owes
chunk.py    one unit of work: made and predicted anywhere, by a pure function of seed and number
driver.py   the driver in a sandbox: built once for a toolchain, then fed with chunks
tally.py    what came of it: counts, buckets of differences
"""
