// title: Every way of one account to administrator
// question: Is this account administrator, or can it become it, and through what?
// needs: users, roles, permissions
// param user: username of an account, or its id
// columns: path, held (for each permission that has to come with it: the path by which the account holds it)
// Ways through the role admin itself are left out: they would say that an administrator can become one.
CALL () {
  MATCH (u:User {workspace: $workspace, username: $user}) RETURN u
  UNION
  MATCH (u:User {workspace: $workspace, id: $user}) RETURN u
}
CALL (u) {
  MATCH path = (u)-[:HAS_ROLE]->(:Role {workspace: $workspace, id: 'admin'})
  RETURN path, [] AS held
  UNION ALL
  MATCH path = (u)-[:HAS_ROLE]->(r:Role)-[:GRANTS]->(:Permission)-[e:ESCALATES_TO|ESCALATES_WITH]->(:Role {workspace: $workspace, id: 'admin'})
  WHERE r.id <> 'admin' AND all(need IN coalesce(e.needs, []) WHERE EXISTS {
    MATCH (u)-[:HAS_ROLE]->(o:Role)-[:GRANTS]->(:Permission {workspace: $workspace, id: need}) WHERE o.id <> 'admin'
  })
  RETURN path, COLLECT {
    MATCH way = (u)-[:HAS_ROLE]->(o:Role)-[:GRANTS]->(n:Permission) WHERE n.id IN e.needs AND o.id <> 'admin' RETURN way
  } AS held
}
RETURN path, held ORDER BY length(path)
