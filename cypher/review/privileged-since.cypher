// title: Since when privileged access is held
// question: Since when has each holder of a privileged role, and each owner of a private team, had it?
// why: Rocket.Chat does not tell when a role was given: since is when this tool first saw it, and it was not there in the load before.
// controls: SOC2 CC6.2, ISO27001 A.5.18, NIST AC-6(7)
// severity: info
// needs: users, roles, permissions, teams, members, deactivatedMembers
// columns: user, active, what, name, since, basis, path
// Privileged is admin and every role that grants a permission of tier A or B. basis: 'joined' is the server's own date;
// 'first seen' is the load that saw it first; 'at least since' was there already when all of it was seen first.
MATCH (s:Sync {workspace: $workspace})
WITH min(CASE WHEN s.usersState = 'complete' THEN s.startedAt END) AS rolesSeen,
     min(CASE WHEN s.membersState = 'complete' AND s.deactivatedMembersState = 'complete' THEN s.startedAt END) AS teamsSeen
CALL (rolesSeen, teamsSeen) {
  MATCH (r:Role {workspace: $workspace})
  WHERE r.id = 'admin' OR EXISTS { MATCH (r)-[:GRANTS]->(p:Permission) WHERE p.tier IN ['A', 'B'] }
  MATCH (r)<-[h:HAS_ROLE]-(u:User)
  RETURN u, 'role' AS what, coalesce(r.name, r.id) AS name, h.firstSeen AS since,
         CASE WHEN h.firstSeen > rolesSeen THEN 'first seen' ELSE 'at least since' END AS basis
  UNION ALL
  MATCH (t:Team {workspace: $workspace, private: true})<-[m:MEMBER_OF]-(u:User)
  WHERE m.owner = true
  RETURN u, 'owner of a private team' AS what, coalesce(t.name, t.id) AS name, coalesce(m.joinedAt, m.firstSeen) AS since,
         CASE WHEN m.joinedAt IS NOT NULL THEN 'joined' WHEN m.firstSeen > teamsSeen THEN 'first seen' ELSE 'at least since' END AS basis
}
WITH u, what, name, since, basis, coalesce(u.username, u.id) AS user
RETURN user, u.active AS active, what, name, since, basis, [user, name] AS path
ORDER BY since DESC, user, what, name
