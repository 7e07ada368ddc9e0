"""What collects memory, power, energy and temperature while a command runs: one module for each source."""
