// title: The roles of these permissions
// (:Role)-[:GRANTS]->(:Permission)
UNWIND $ids AS id
MATCH (x:Permission {workspace: $workspace, id: id})<-[:GRANTS]-(r:Role {workspace: $workspace})
  USING INDEX SEEK x:Permission(workspace, id)
RETURN x.id AS id, collect([r.id]) AS page
