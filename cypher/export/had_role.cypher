// title: Who held which role, for export
// (:User|FormerUser)-[:HAD_ROLE]->(:Role|FormerRole)
// columns: userId, roleId, since, until, username, role
UNWIND $ids AS id
CALL (id) {
  MATCH (a:User {workspace: $workspace, id: id}) RETURN a
  UNION ALL
  MATCH (a:FormerUser {workspace: $workspace, id: id}) RETURN a
}
MATCH (a)-[e:HAD_ROLE]->(b:Role|FormerRole {workspace: $workspace})
RETURN collect([a.id, b.id, e.since, e.until, a.username, b.name]) AS page
