// title: Fingerprints of <noun> that are complete now, or null where they are not yet
// each: node with a fingerprint
UNWIND $rows AS row
MATCH (x:<Label> {workspace: $workspace, id: row[0]})
  USING INDEX SEEK x:<Label>(workspace, id)
SET x.fingerprint = row[1]
