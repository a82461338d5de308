"""Cases whose truth comes from outside the engine: closed forms, conserved quantities, FVCOM's own
particles."""
