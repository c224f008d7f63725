// title: One FormerUser for each id of a workspace
CREATE CONSTRAINT rc2graph_former_user_key IF NOT EXISTS FOR (x:FormerUser) REQUIRE (x.workspace, x.id) IS UNIQUE
