// title: One Permission for each id of a workspace
CREATE CONSTRAINT rc2graph_permission_key IF NOT EXISTS FOR (x:Permission) REQUIRE (x.workspace, x.id) IS UNIQUE
