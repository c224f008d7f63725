// title: Ids of all teams
MATCH (t:Team {workspace: $workspace}) WHERE t.id >= ''
RETURN collect(t.id) AS page
