"""Plans samples before they are drawn, and compares the plan with what came of it."""
