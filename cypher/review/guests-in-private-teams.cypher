// title: Guests in private teams
// question: Which guests sit in a private team, or own a team?
// why: A guest is somebody from outside, and a private team opens its channels and its main room to every member.
// controls: SOC2 CC6.1, ISO27001 A.5.15, NIST AC-6
// severity: medium
// needs: users, roles, teams, members
// examines: memberships
// param guest_roles: ["guest", "anonymous"] = roles that mark somebody as a guest
// columns: user, team, private, owner, lastLogin, path
// when-incomplete: rows stay true
// Those that are switched off stand in deactivated-members.
MATCH (g:Role {workspace: $workspace})<-[:HAS_ROLE]-(u:User)
WHERE g.id IN $guest_roles AND coalesce(u.active, true)
WITH DISTINCT u
MATCH (u)-[m:MEMBER_OF]->(t:Team)
WHERE t.private = true OR m.owner = true
WITH u, m, t, coalesce(u.username, u.id) AS user, coalesce(t.name, t.id) AS team
RETURN user, team, t.private AS private, m.owner AS owner, u.lastLogin AS lastLogin, [user, team] AS path
ORDER BY owner DESC, private DESC, team, user
