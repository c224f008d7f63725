// title: Access that ended
// question: Which roles beyond the usual and memberships of private teams ended lately, and is any of it back?
// why: Evidence that what was to be taken away was taken away.
// controls: SOC2 CC6.2, ISO27001 A.5.18, NIST AC-2
// severity: info
// needs: users, roles, teams, members, deactivatedMembers, history
// param ended_days: 30 = days in which it ended
// param default_roles: ["user", "guest", "anonymous", "federated-external"] = roles that are not worth a line
// columns: user, state, what, name, since, until, back, path
// until is the load that no longer saw it. An account that is gone is 'gone'.
CALL () {
  MATCH (r:Role|FormerRole {workspace: $workspace})<-[h:HAD_ROLE]-(u:User|FormerUser)
  WHERE NOT r.id IN $default_roles
  RETURN u, 'role' AS what, coalesce(r.name, r.id) AS name, h.since AS since, h.until AS until,
         EXISTS { (u)-[:HAS_ROLE]->(r) } AS back
  UNION ALL
  MATCH (t:Team|FormerTeam {workspace: $workspace})<-[h:WAS_MEMBER_OF]-(u:User|FormerUser)
  WHERE coalesce(t.private, true)
  RETURN u, 'private team' AS what, coalesce(t.name, t.id) AS name, h.since AS since, h.until AS until,
         EXISTS { (u)-[:MEMBER_OF]->(t) } AS back
}
WITH u, what, name, since, until, back, coalesce(u.username, u.id) AS user
WHERE datetime(until) >= datetime($asOf) - duration({days: $ended_days})
RETURN user, CASE WHEN u:FormerUser THEN 'gone' WHEN u.status = 'pending' THEN 'pending'
                  WHEN u.active = false THEN 'deactivated' WHEN u.active = true THEN 'active' ELSE 'not visible' END AS state,
       what, name, since, until, back, [user, name] AS path
ORDER BY until DESC, user, what, name, since
