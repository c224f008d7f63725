// title: Permissions that make administrator together with others: id, key, needs, reason, condition
// (:Permission)-[:ESCALATES_WITH]->(:Role)
MATCH (r:Role {workspace: $workspace, id: 'admin'})
  USING INDEX SEEK r:Role(workspace, id)
UNWIND $rows AS row
MATCH (p:Permission {workspace: $workspace, id: row[0]})
  USING INDEX SEEK p:Permission(workspace, id)
MERGE (p)-[e:ESCALATES_WITH {key: row[1]}]->(r)
SET e.needs = row[2], e.how = row[3], e.condition = row[4]
