// title: How many are administrator or can become it
// needs: users, roles, permissions
// columns: state, by (the plainest way), accounts
MATCH (a:Role {workspace: $workspace, id: 'admin'})
CALL (a) {
  MATCH (u:User)-[:HAS_ROLE]->(a)
  RETURN u, 0 AS rank
  UNION ALL
  MATCH (a)<-[e:ESCALATES_TO]-(p:Permission)<-[:GRANTS]-(r:Role)<-[:HAS_ROLE]-(u:User)
  WHERE r.id <> 'admin'
  RETURN u, 1 AS rank
  UNION ALL
  MATCH (a)<-[e:ESCALATES_WITH]-(p:Permission)<-[:GRANTS]-(r:Role)<-[:HAS_ROLE]-(u:User)
  WHERE r.id <> 'admin' AND all(need IN e.needs WHERE EXISTS {
    MATCH (u)-[:HAS_ROLE]->(o:Role)-[:GRANTS]->(:Permission {workspace: $workspace, id: need}) WHERE o.id <> 'admin'
  })
  RETURN u, 2 AS rank
}
WITH u, min(rank) AS rank
WITH rank, coalesce(u.status, 'not visible') AS state
RETURN state, CASE rank WHEN 0 THEN 'role' WHEN 1 THEN 'tier A' ELSE 'tier B' END AS by, count(*) AS accounts
ORDER BY state, by
