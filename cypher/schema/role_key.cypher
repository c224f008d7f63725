// title: One Role for each id of a workspace
CREATE CONSTRAINT rc2graph_role_key IF NOT EXISTS FOR (x:Role) REQUIRE (x.workspace, x.id) IS UNIQUE
