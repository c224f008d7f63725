// title: Ways to administrator that are none any more, told apart by their key
// (:Permission)-[:ESCALATES_WITH]->(:Role)
MATCH (r:Role {workspace: $workspace, id: 'admin'})
UNWIND $rows AS row
MATCH (p:Permission {workspace: $workspace, id: row[0]})-[e:ESCALATES_WITH]->(r)
WHERE coalesce(e.key, '') = coalesce(row[1], '')
DELETE e
