// title: Permissions that make administrator together with others: id, key, needs, reason, condition
// (:Permission)-[:ESCALATES_WITH]->(:Role)
MATCH (r:Role {workspace: $workspace, id: 'admin'})
UNWIND $rows AS row
MATCH (p:Permission {workspace: $workspace, id: row[0]})
MERGE (p)-[e:ESCALATES_WITH {key: row[1]}]->(r)
SET e.needs = row[2], e.how = row[3], e.condition = row[4]
