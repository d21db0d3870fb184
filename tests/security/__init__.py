"""What strangers, and people of too low a role, must not get at."""
