// title: Find a Team by its name
CREATE INDEX rc2graph_team_name IF NOT EXISTS FOR (x:Team) ON (x.name)
