// title: Everybody in one team
// question: Who is a member of the team, and with which roles?
// controls: SOC2 CC6.1, ISO27001 A.5.18
// needs: users, teams, members, deactivatedMembers
// param team: id of the team
// param most: how many of them
// columns: id, user, name, state, ways
MATCH (t:Team {workspace: $workspace, id: $team})<-[m:MEMBER_OF]-(u:User)
WITH u, [{by: 'team', team: coalesce(t.name, t.id), owner: m.owner, roles: m.roles, allRoles: u.active = true OR (u.active IS NULL AND u.type IS NULL AND u.federated IS NULL)}] AS ways
WITH u, ways, coalesce(u.status, 'not visible') AS state
RETURN u.id AS id, u.username AS user, u.name AS name, state, ways
ORDER BY CASE state WHEN 'active' THEN 0 WHEN 'service' THEN 1 WHEN 'federated' THEN 2 WHEN 'deactivated' THEN 3
         WHEN 'pending' THEN 4 ELSE 5 END,
         coalesce(u.username, u.id), u.id
LIMIT $most
