// title: Permissions that suffice to become administrator: id, key (none), needs (nothing), reason, condition
// (:Permission)-[:ESCALATES_TO]->(:Role)
MATCH (r:Role {workspace: $workspace, id: 'admin'})
  USING INDEX SEEK r:Role(workspace, id)
UNWIND $rows AS row
MATCH (p:Permission {workspace: $workspace, id: row[0]})
  USING INDEX SEEK p:Permission(workspace, id)
MERGE (p)-[e:ESCALATES_TO]->(r)
SET e.how = row[3], e.condition = row[4]
