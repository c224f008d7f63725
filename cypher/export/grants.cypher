// title: What each role may do, for export
// (:Role)-[:GRANTS]->(:Permission)
// columns: roleId, permissionId, role, firstSeen
UNWIND $ids AS id
MATCH (a:Role {workspace: $workspace, id: id})-[e:GRANTS]->(b:Permission {workspace: $workspace})
RETURN collect([a.id, b.id, a.name, e.firstSeen]) AS page
