// title: The roles of these users
// (:User)-[:HAS_ROLE]->(:Role)
UNWIND $ids AS id
MATCH (x:User {workspace: $workspace, id: id})-[:HAS_ROLE]->(r:Role {workspace: $workspace})
  USING INDEX SEEK x:User(workspace, id)
RETURN x.id AS id, collect([r.id]) AS page
