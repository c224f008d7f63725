// title: The users of these roles
// (:User)-[:HAS_ROLE]->(:Role)
UNWIND $ids AS id
MATCH (x:Role {workspace: $workspace, id: id})<-[:HAS_ROLE]-(u:User {workspace: $workspace})
  USING INDEX SEEK x:Role(workspace, id)
RETURN x.id AS id, collect([u.id]) AS page
