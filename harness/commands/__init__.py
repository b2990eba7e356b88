"""The commands of `deferdiff`, one file each; `harness.cli` puts them together."""
