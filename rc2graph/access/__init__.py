"""Questions about access, asked of the graph: why somebody has it, who has it, and what one removal would change."""
