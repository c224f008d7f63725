// title: Who was in which team, for export
// (:User|FormerUser)-[:WAS_MEMBER_OF]->(:Team|FormerTeam)
// columns: userId, teamId, since, until, username, team
UNWIND $ids AS id
CALL (id) {
  MATCH (a:User {workspace: $workspace, id: id}) RETURN a
  UNION ALL
  MATCH (a:FormerUser {workspace: $workspace, id: id}) RETURN a
}
MATCH (a)-[e:WAS_MEMBER_OF]->(b:Team|FormerTeam {workspace: $workspace})
RETURN collect([a.id, b.id, e.since, e.until, a.username, b.name]) AS page
