// title: The permissions of these roles
// (:Role)-[:GRANTS]->(:Permission)
UNWIND $ids AS id
MATCH (x:Role {workspace: $workspace, id: id})-[:GRANTS]->(p:Permission {workspace: $workspace})
  USING INDEX SEEK x:Role(workspace, id)
RETURN x.id AS id, collect([p.id]) AS page
