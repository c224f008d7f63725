// title: The workspaces in this graph
MATCH (w:Workspace) WHERE w.workspace = w.id RETURN w.workspace AS workspace ORDER BY workspace
