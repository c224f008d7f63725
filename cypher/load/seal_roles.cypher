// title: Fingerprints of roles that are complete now, or null where they are not yet
UNWIND $rows AS row
MATCH (x:Role {workspace: $workspace, id: row[0]})
  USING INDEX SEEK x:Role(workspace, id)
SET x.fingerprint = row[1]
