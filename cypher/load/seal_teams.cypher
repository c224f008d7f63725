// title: Fingerprints of teams that are complete now, or null where they are not yet
UNWIND $rows AS row
MATCH (x:Team {workspace: $workspace, id: row[0]})
  USING INDEX SEEK x:Team(workspace, id)
SET x.fingerprint = row[1]
