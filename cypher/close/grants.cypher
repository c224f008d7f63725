// title: Permissions that roles no longer grant, and the role is due for a look
// (:Role)-[:GRANTS]->(:Permission)
UNWIND $rows AS row
MATCH (r:Role {workspace: $workspace, id: row[0]})-[e:GRANTS]->(p:Permission {workspace: $workspace, id: row[1]})
DELETE e
REMOVE r.fingerprint
