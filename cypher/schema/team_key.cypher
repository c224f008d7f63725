// title: One Team for each id of a workspace
CREATE CONSTRAINT rc2graph_team_key IF NOT EXISTS FOR (x:Team) REQUIRE (x.workspace, x.id) IS UNIQUE
