// title: Everybody who holds one permission, and through which roles
// question: Who can do this, and through what?
// controls: SOC2 CC6.1, ISO27001 A.5.18
// needs: users, roles, permissions
// param permission: id of the permission
// param most: how many of them, of each state
// columns: id, user, name, state, ways, accounts (of that state, in all)
MATCH (p:Permission {workspace: $workspace, id: $permission})<-[:GRANTS]-(:Role)<-[:HAS_ROLE]-(u:User)
WITH DISTINCT p, u, coalesce(u.status, 'not visible') AS state
ORDER BY coalesce(u.username, u.id), u.id
WITH p, state, count(u) AS accounts, collect(u)[..$most] AS first
UNWIND first AS u
WITH u, state, accounts, COLLECT {
  MATCH (u)-[:HAS_ROLE]->(r:Role)-[:GRANTS]->(p)
  RETURN {by: 'role', role: coalesce(r.name, r.id), everywhere: r.roomScoped} ORDER BY coalesce(r.name, r.id), r.id
} AS ways
RETURN u.id AS id, u.username AS user, u.name AS name, state, ways, accounts
ORDER BY CASE state WHEN 'active' THEN 0 WHEN 'service' THEN 1 WHEN 'federated' THEN 2 WHEN 'deactivated' THEN 3
         WHEN 'pending' THEN 4 ELSE 5 END,
         coalesce(u.username, u.id), u.id
