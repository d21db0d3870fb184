"""Random input to everything that reads what others wrote: `make fuzz CASES=50000`."""
