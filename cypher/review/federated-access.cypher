// title: Federated users with more than they need to talk
// question: Which users of other servers hold further roles, sit in a private team, or own a team?
// why: Their accounts are opened, guarded and closed by somebody else.
// controls: SOC2 CC6.1, ISO27001 A.5.15, NIST AC-20
// severity: medium
// needs: users, roles, teams, members, federated
// param federated_roles: ["user", "federated-external", "guest"] = roles that federated users may hold
// columns: user, homeServer, what, name, path
// when-incomplete: rows stay true
// Those that are switched off stand in deactivated-members.
MATCH (u:User {workspace: $workspace, federated: true})
WHERE coalesce(u.active, true)
CALL (u) {
  MATCH (u)-[:HAS_ROLE]->(r:Role)
  WHERE NOT r.id IN $federated_roles
  RETURN 'role' AS what, coalesce(r.name, r.id) AS name
  UNION ALL
  MATCH (u)-[m:MEMBER_OF]->(t:Team)
  WHERE t.private = true OR m.owner = true
  RETURN CASE WHEN m.owner = true THEN 'owner of a team' ELSE 'private team' END AS what, coalesce(t.name, t.id) AS name
}
WITH u, what, name, coalesce(u.username, u.id) AS user
RETURN user, u.homeServer AS homeServer, what, name, [user, name] AS path
ORDER BY user, what, name
