// title: <EDGE>, ways to administrator: id of the permission, key, needs, reason, condition
// each: way to administrator
// (:Permission)-[:<EDGE>]->(:Role)
MATCH (r:Role {workspace: $workspace, id: 'admin'})
  USING INDEX SEEK r:Role(workspace, id)
UNWIND $rows AS row
MATCH (p:Permission {workspace: $workspace, id: row[0]})
  USING INDEX SEEK p:Permission(workspace, id)
MERGE (p)-[e:<EDGE><key>]->(r)
SET <derived>
