"""Import of a dump: plan, write generations, switch (DESIGN §8)."""
