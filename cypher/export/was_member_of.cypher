// title: Who was in which team, for export
// (:User|FormerUser)-[:WAS_MEMBER_OF]->(:Team|FormerTeam)
// columns: userId, username, teamId, team, since, until
MATCH (a:User|FormerUser {workspace: $workspace})-[e:WAS_MEMBER_OF]->(b:Team|FormerTeam {workspace: $workspace})
RETURN a.id AS userId, a.username AS username, b.id AS teamId, b.name AS team, e.since AS since, e.until AS until
ORDER BY userId, teamId, until
