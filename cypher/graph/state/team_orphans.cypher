// title: Teams with rows for which nobody was found, as the last run counted them
MATCH (t:Team {workspace: $workspace})
  USING INDEX SEEK t:Team(workspace, id)
WHERE t.id >= '' AND t.orphanRows IS NOT NULL
RETURN t.id AS id, t.orphanRows AS orphanRows, coalesce(t.unconfirmedRows, 0) AS unconfirmedRows
