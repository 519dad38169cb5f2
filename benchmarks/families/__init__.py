"""What is measured, family by family. Each family is a generator: it works on one side and gives rows with figures."""
