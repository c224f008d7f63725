// title: What one account is short of to become administrator
// question: Which permissions does it hold that would lead to administrator with another one that it does not hold?
// needs: users, roles, permissions
// param user: username of an account, or its id
// columns: path, missing (permission ids)
CALL () {
  MATCH (u:User {workspace: $workspace, username: $user}) RETURN u
  UNION
  MATCH (u:User {workspace: $workspace, id: $user}) RETURN u
}
MATCH path = (u)-[:HAS_ROLE]->(r:Role)-[:GRANTS]->(:Permission)-[e:ESCALATES_WITH]->(:Role {workspace: $workspace, id: 'admin'})
WHERE r.id <> 'admin'
WITH path, [need IN e.needs WHERE NOT EXISTS {
    MATCH (u)-[:HAS_ROLE]->(o:Role)-[:GRANTS]->(:Permission {workspace: $workspace, id: need}) WHERE o.id <> 'admin'
  }] AS missing
WHERE size(missing) > 0
RETURN path, missing ORDER BY size(missing)
