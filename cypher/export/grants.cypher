// title: What each role may do, for export
// (:Role)-[:GRANTS]->(:Permission)
// columns: roleId, role, permissionId, firstSeen
MATCH (a:Role {workspace: $workspace})-[e:GRANTS]->(b:Permission {workspace: $workspace})
RETURN a.id AS roleId, a.name AS role, b.id AS permissionId, e.firstSeen AS firstSeen
ORDER BY roleId, permissionId
