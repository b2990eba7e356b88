"""Everything that touches the world: cases, toolchains, sandboxes, the stages and the command line."""
