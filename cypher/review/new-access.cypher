// title: New access
// question: Which roles beyond the usual, ownerships and memberships of private teams were first seen lately?
// why: What was there when all was seen first is not new. A member who was made owner is not in it: that has no date.
// controls: SOC2 CC6.2, ISO27001 A.5.18, NIST AC-2
// severity: info
// needs: users, roles, teams, members, deactivatedMembers, history
// param new_days: 30 = days in which it was first seen
// param default_roles: ["user", "guest", "anonymous", "federated-external"] = roles that are not worth a line
// columns: user, active, what, name, firstSeen, addedBy, path
MATCH (w:Workspace {workspace: $workspace, id: $workspace})
MATCH (s:Sync {workspace: $workspace})
WITH w, min(CASE WHEN s.usersState = 'complete' THEN s.startedAt END) AS rolesSeen,
     min(CASE WHEN s.membersState = 'complete' AND s.deactivatedMembersState = 'complete' THEN s.startedAt END) AS teamsSeen,
     max(s.startedAt) AS last
WHERE last > rolesSeen OR last > teamsSeen OR w.leaseTouched <> w.lastSyncId
CALL (rolesSeen, teamsSeen) {
  MATCH (r:Role {workspace: $workspace})<-[h:HAS_ROLE]-(u:User)
  WHERE NOT r.id IN $default_roles AND h.firstSeen > rolesSeen
  RETURN u, 'role' AS what, coalesce(r.name, r.id) AS name, h.firstSeen AS firstSeen, null AS by
  UNION ALL
  MATCH (t:Team {workspace: $workspace})<-[m:MEMBER_OF]-(u:User)
  WHERE m.firstSeen > teamsSeen
  WITH t, m, u
  WHERE m.owner = true OR coalesce(t.private, true)
  RETURN u, CASE WHEN m.owner = true THEN 'owner of a team' ELSE 'private team' END AS what, coalesce(t.name, t.id) AS name,
         m.firstSeen AS firstSeen, m.addedById AS by
}
WITH u, what, name, firstSeen, by, coalesce(u.username, u.id) AS user
WHERE datetime(firstSeen) >= datetime($asOf) - duration({days: $new_days})
OPTIONAL MATCH (a:User {workspace: $workspace, id: by})
RETURN user, u.active AS active, what, name, firstSeen, coalesce(a.username, by) AS addedBy, [user, name] AS path
ORDER BY firstSeen DESC, user, what, name
