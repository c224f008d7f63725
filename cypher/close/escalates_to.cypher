// title: Ways to administrator that are none any more
// (:Permission)-[:ESCALATES_TO]->(:Role)
MATCH (r:Role {workspace: $workspace, id: 'admin'})
UNWIND $rows AS row
MATCH (p:Permission {workspace: $workspace, id: row[0]})-[e:ESCALATES_TO]->(r)
WHERE coalesce(e.key, '') = coalesce(row[1], '')
DELETE e
