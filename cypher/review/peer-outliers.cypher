// title: Privilege that no team-mate has
// question: Who holds a privileged role that nobody else in any of their teams holds?
// why: Often it is left over from another job.
// controls: SOC2 CC6.3, ISO27001 A.5.18, NIST AC-6(7)
// severity: low
// needs: users, roles, permissions, teams, members
// param peers: 5 = members that a team must have to be compared with
// columns: user, role, tier, teams, names, path
// heuristic: People of one team tend to need the same. Where somebody has a job of their own in each of their teams, it is no sign of anything.
// Privileged is a role other than admin that grants a permission of tier A, B or C. Holders that are switched off, and
// service accounts, are aside. names are the first ten of the teams.
// The size of a team is asked once, and only as far as it matters.
MATCH (r:Role {workspace: $workspace})-[:GRANTS]->(p:Permission)
WHERE r.id <> 'admin' AND p.tier IS NOT NULL
WITH r, min(p.tier) AS tier
MATCH (r)<-[:HAS_ROLE]-(u:User)-[:MEMBER_OF]->(t:Team)
WHERE coalesce(u.active, true) AND NOT coalesce(u.serviceAccount, false)
WITH r, tier, t, collect(u) AS holders
WITH t, collect({role: r, tier: tier, holders: holders}) AS groups
WHERE COUNT { MATCH (t)<-[:MEMBER_OF]-(p:User) RETURN p LIMIT $peers } >= $peers
UNWIND groups AS each
WITH each.role AS r, each.tier AS tier, each.holders AS holders, coalesce(t.name, t.id) AS team
UNWIND holders AS u
WITH r, tier, u, size(holders) AS alike, team
WITH r, tier, u, alike, team ORDER BY team
WITH r, tier, u, max(alike) AS most, collect(team) AS teams
WHERE most = 1
WITH tier, teams, coalesce(u.username, u.id) AS user, coalesce(r.name, r.id) AS role
RETURN user, role, tier, size(teams) AS teams, teams[..10] AS names, [user, role] AS path
ORDER BY tier, role, user
