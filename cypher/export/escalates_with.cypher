// title: Permissions that make administrator together with others, for export
// (:Permission)-[:ESCALATES_WITH]->(:Role)
// columns: permissionId, roleId, key, needs, how, condition
MATCH (a:Permission {workspace: $workspace})-[e:ESCALATES_WITH]->(b:Role {workspace: $workspace})
RETURN a.id AS permissionId, b.id AS roleId, e.key AS key, e.needs AS needs, e.how AS how, e.condition AS condition
ORDER BY permissionId, roleId, key
