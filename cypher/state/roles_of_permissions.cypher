// title: The roles of these permissions
// (:Role)-[:GRANTS]->(:Permission)
UNWIND $ids AS id
MATCH (x:Permission {workspace: $workspace, id: id})<-[:GRANTS]-(r:Role {workspace: $workspace})
RETURN x.id AS id, collect([r.id]) AS page
