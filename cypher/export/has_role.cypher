// title: Who holds which role, for export
// (:User)-[:HAS_ROLE]->(:Role)
// columns: userId, username, roleId, role, firstSeen
MATCH (a:User {workspace: $workspace})-[e:HAS_ROLE]->(b:Role {workspace: $workspace})
RETURN a.id AS userId, a.username AS username, b.id AS roleId, b.name AS role, e.firstSeen AS firstSeen
ORDER BY userId, roleId
