// title: Who held which role, for export
// (:User|FormerUser)-[:HAD_ROLE]->(:Role|FormerRole)
// columns: userId, username, roleId, role, since, until
MATCH (a:User|FormerUser {workspace: $workspace})-[e:HAD_ROLE]->(b:Role|FormerRole {workspace: $workspace})
RETURN a.id AS userId, a.username AS username, b.id AS roleId, b.name AS role, e.since AS since, e.until AS until
ORDER BY userId, roleId, until
