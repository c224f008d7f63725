// title: Everybody who is administrator or can become it
// question: Who holds the role admin, a tier A permission, or all parts of a tier B combination?
// controls: SOC2 CC6.3, ISO27001 A.8.2, NIST AC-6(7)
// needs: users, roles, permissions
// param most: how many of them, of each state and plainest way
// columns: id, user, name, state, ways (direct first), accounts (of that state and plainest way, in all)
MATCH (a:Role {workspace: $workspace, id: 'admin'})
CALL (a) {
  MATCH (u:User)-[:HAS_ROLE]->(a)
  RETURN u, {by: 'role', role: coalesce(a.name, a.id)} AS way, 0 AS rank, null AS key
  UNION ALL
  MATCH (a)<-[e:ESCALATES_TO]-(p:Permission)<-[:GRANTS]-(r:Role)<-[:HAS_ROLE]-(u:User)
  WHERE r.id <> 'admin'
  RETURN u, {by: 'tier A', role: coalesce(r.name, r.id), permission: p.id, how: e.how, condition: e.condition} AS way, 1 AS rank, null AS key
  UNION ALL
  MATCH (a)<-[e:ESCALATES_WITH]-(p:Permission)<-[:GRANTS]-(r:Role)<-[:HAS_ROLE]-(u:User)
  WHERE r.id <> 'admin' AND all(need IN e.needs WHERE EXISTS {
    MATCH (u)-[:HAS_ROLE]->(o:Role)-[:GRANTS]->(:Permission {workspace: $workspace, id: need}) WHERE o.id <> 'admin'
  })
  RETURN u, {by: 'tier B', role: coalesce(r.name, r.id), permission: p.id, how: e.how, condition: e.condition,
             held: COLLECT {
               MATCH (u)-[:HAS_ROLE]->(o:Role)-[:GRANTS]->(n:Permission) WHERE n.id IN e.needs AND o.id <> 'admin'
               RETURN [n.id, coalesce(o.name, o.id)] ORDER BY n.id, o.id
             }} AS way, 2 AS rank, e.key AS key
}
WITH u, way, rank, key ORDER BY rank, way.permission, way.role, key
WITH u, collect(way) AS ways
WITH u, ways, coalesce(u.status, 'not visible') AS state
ORDER BY coalesce(u.username, u.id), u.id
WITH state, ways[0].by AS by, count(u) AS accounts, collect([u, ways])[..$most] AS first
UNWIND first AS one
WITH one[0] AS u, one[1] AS ways, state, accounts
RETURN u.id AS id, u.username AS user, u.name AS name, state, ways, accounts
ORDER BY CASE state WHEN 'active' THEN 0 WHEN 'service' THEN 1 WHEN 'federated' THEN 2 WHEN 'deactivated' THEN 3
         WHEN 'pending' THEN 4 ELSE 5 END,
         coalesce(u.username, u.id), u.id
