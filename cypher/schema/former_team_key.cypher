// title: One FormerTeam for each id of a workspace
CREATE CONSTRAINT rc2graph_former_team_key IF NOT EXISTS FOR (x:FormerTeam) REQUIRE (x.workspace, x.id) IS UNIQUE
