// title: One FormerRole for each id of a workspace
CREATE CONSTRAINT rc2graph_former_role_key IF NOT EXISTS FOR (x:FormerRole) REQUIRE (x.workspace, x.id) IS UNIQUE
