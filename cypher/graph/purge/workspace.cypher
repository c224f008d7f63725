// title: The workspace itself, when nothing of it is left
MATCH (w:Workspace {workspace: $workspace, id: $workspace})
DETACH DELETE w
