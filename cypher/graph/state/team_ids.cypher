// title: Ids of all teams
MATCH (t:Team {workspace: $workspace})
  USING INDEX SEEK t:Team(workspace, id)
WHERE t.id >= ''
RETURN collect(t.id) AS page
