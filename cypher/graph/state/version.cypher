// title: The version of the server that was read last
MATCH (w:Workspace {workspace: $workspace, id: $workspace})
RETURN w.version AS version
