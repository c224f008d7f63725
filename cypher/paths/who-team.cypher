// title: Everybody in one team
// question: Who is a member of the team, and with which roles?
// controls: SOC2 CC6.1, ISO27001 A.5.18
// needs: users, teams, members, deactivatedMembers
// param team: id of the team
// param most: how many of them, of each state
// columns: id, user, name, state, ways, accounts (of that state, in all)
MATCH (t:Team {workspace: $workspace, id: $team})<-[:MEMBER_OF]-(u:User)
WITH DISTINCT t, u, coalesce(u.status, 'not visible') AS state
ORDER BY coalesce(u.username, u.id), u.id
WITH t, state, count(u) AS accounts, collect(u)[..$most] AS first
UNWIND first AS u
WITH u, state, accounts, COLLECT {
  MATCH (u)-[m:MEMBER_OF]->(t)
  RETURN {by: 'team', team: coalesce(t.name, t.id), owner: m.owner, roles: m.roles, allRoles: u.active = true OR (u.active IS NULL AND u.type IS NULL AND u.federated IS NULL)}
} AS ways
RETURN u.id AS id, u.username AS user, u.name AS name, state, ways, accounts
ORDER BY CASE state WHEN 'active' THEN 0 WHEN 'service' THEN 1 WHEN 'federated' THEN 2 WHEN 'deactivated' THEN 3
         WHEN 'pending' THEN 4 ELSE 5 END,
         coalesce(u.username, u.id), u.id
