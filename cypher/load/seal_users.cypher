// title: Fingerprints of users that are complete now, or null where they are not yet
UNWIND $rows AS row
MATCH (x:User {workspace: $workspace, id: row[0]})
  USING INDEX SEEK x:User(workspace, id)
SET x.fingerprint = row[1]
