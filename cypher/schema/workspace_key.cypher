// title: One Workspace for each id of a workspace
CREATE CONSTRAINT rc2graph_workspace_key IF NOT EXISTS FOR (x:Workspace) REQUIRE (x.workspace, x.id) IS UNIQUE
