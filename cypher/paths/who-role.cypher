// title: Everybody who holds one role
// question: Whose own record names the role?
// controls: SOC2 CC6.1, ISO27001 A.5.18
// needs: users, roles
// param role: id of the role
// param most: how many of them
// columns: id, user, name, state, ways
MATCH (r:Role {workspace: $workspace, id: $role})<-[:HAS_ROLE]-(u:User)
WITH u, [{by: 'role', role: coalesce(r.name, r.id), everywhere: r.roomScoped}] AS ways
WITH u, ways, coalesce(u.status, 'not visible') AS state
RETURN u.id AS id, u.username AS user, u.name AS name, state, ways
ORDER BY CASE state WHEN 'active' THEN 0 WHEN 'service' THEN 1 WHEN 'federated' THEN 2 WHEN 'deactivated' THEN 3
         WHEN 'pending' THEN 4 ELSE 5 END,
         coalesce(u.username, u.id), u.id
LIMIT $most
