// title: The last finished run of a workspace
MATCH (w:Workspace {workspace: $workspace, id: $workspace})
MATCH (s:Sync {workspace: $workspace, id: w.lastSyncId})
RETURN properties(s) AS sync
