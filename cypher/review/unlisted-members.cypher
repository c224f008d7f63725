// title: Members of teams that no list of accounts shows
// question: Which accounts are known only because they are in a team?
// why: Their roles, and whether they are switched off, are not visible: no other question sees them in full.
// controls: SOC2 CC6.1, NIST AC-2
// severity: low
// needs: users, teams, members
// examines: memberships
// columns: user, name, team, private, owner, path
// Of an account in a list at least one of type, state, roles and server is visible.
MATCH (u:User {workspace: $workspace})
WHERE u.type IS NULL AND u.active IS NULL AND u.federated IS NULL AND NOT EXISTS { (u)-[:HAS_ROLE]->(:Role) }
MATCH (u)-[m:MEMBER_OF]->(t:Team)
WITH t, m, u, coalesce(u.username, u.id) AS user, coalesce(t.name, t.id) AS team
RETURN user, u.name AS name, team, t.private AS private, m.owner AS owner, [user, team] AS path
ORDER BY user, team
