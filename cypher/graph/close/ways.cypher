// title: <EDGE>, ways to administrator that are none any more, told apart by their key
// each: way to administrator
// (:Permission)-[:<EDGE>]->(:Role)
MATCH (r:Role {workspace: $workspace, id: 'admin'})
  USING INDEX SEEK r:Role(workspace, id)
UNWIND $rows AS row
MATCH (p:Permission {workspace: $workspace, id: row[0]})-[e:<EDGE>]->(r)
  USING INDEX SEEK p:Permission(workspace, id)
WHERE coalesce(e.key, '') = coalesce(row[1], '')
DELETE e
