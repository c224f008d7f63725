// title: Who holds which role, for export
// (:User)-[:HAS_ROLE]->(:Role)
// columns: userId, roleId, username, role, firstSeen
UNWIND $ids AS id
MATCH (a:User {workspace: $workspace, id: id})-[e:HAS_ROLE]->(b:Role {workspace: $workspace})
RETURN collect([a.id, b.id, a.username, b.name, e.firstSeen]) AS page
