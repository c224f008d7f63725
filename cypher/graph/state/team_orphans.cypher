// title: Teams with rows of deleted users, as the last run counted them
MATCH (t:Team {workspace: $workspace})
  USING INDEX SEEK t:Team(workspace, id)
WHERE t.id >= '' AND t.orphanRows IS NOT NULL
RETURN t.id AS id, t.orphanRows AS orphanRows
