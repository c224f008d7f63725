// title: Everybody who holds one role
// question: Whose own record names the role?
// controls: SOC2 CC6.1, ISO27001 A.5.18
// needs: users, roles
// param role: id of the role
// param most: how many of them, of each state
// columns: id, user, name, state, ways, accounts (of that state, in all)
MATCH (r:Role {workspace: $workspace, id: $role})<-[:HAS_ROLE]-(u:User)
WITH DISTINCT r, u, coalesce(u.status, 'not visible') AS state
ORDER BY coalesce(u.username, u.id), u.id
WITH r, state, count(u) AS accounts, collect(u)[..$most] AS first
UNWIND first AS u
WITH u, state, accounts, COLLECT {
  MATCH (u)-[:HAS_ROLE]->(r)
  RETURN DISTINCT {by: 'role', role: coalesce(r.name, r.id), everywhere: r.roomScoped}
} AS ways
RETURN u.id AS id, u.username AS user, u.name AS name, state, ways, accounts
ORDER BY CASE state WHEN 'active' THEN 0 WHEN 'service' THEN 1 WHEN 'federated' THEN 2 WHEN 'deactivated' THEN 3
         WHEN 'pending' THEN 4 ELSE 5 END,
         coalesce(u.username, u.id), u.id
