// title: One User for each id of a workspace
CREATE CONSTRAINT rc2graph_user_key IF NOT EXISTS FOR (x:User) REQUIRE (x.workspace, x.id) IS UNIQUE
